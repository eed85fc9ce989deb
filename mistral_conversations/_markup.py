"""HTML elements from untrusted text: the only place that writes tags.

`element` and `tag` take their names only from this package's code, and escape
everything that is not `Html`, so that text from a model, a tool or a user stays text.
Nor can such text make the browser send a request: an image is shown only from a `data:`
URL with a PNG, JPEG, GIF or WebP in base64. SVG is excluded because it may contain
scripts and URLs. Any other URL is text, or a link to click on if it is http or https in
plain ASCII. Colours are the notebook's own, or a grey that suits light and dark themes.
"""

import re
from collections.abc import Iterable
from html import escape

from mistral_conversations._text import LONGEST_TEXT

__all__ = [
    "CELL",
    "SMALL",
    "TABLE",
    "Html",
    "address",
    "box",
    "bracketed",
    "code_block",
    "element",
    "facts",
    "fold",
    "fold_heading",
    "image",
    "joined",
    "link",
    "prose",
    "small",
    "span",
    "tag",
]

_LONGEST_ADDRESS = 2_000
_ADDRESS_START = 100

_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/]++={0,2}")
# HTML allows none of them, nor a reference to them.
_NO_CHARACTER = re.compile("[\0\x80-\x9f\ud800-\udfff]")
# A browser keeps these, but they control a terminal that shows the HTML itself.
_CONTROLS = re.compile("[\x01-\x08\x0b\r\x0e-\x1f\x7f]")

SMALL = "font-size:.85em;opacity:.7"
TABLE = (
    "border-collapse:collapse;border:0;display:block;max-width:100%;overflow:auto;"
    "margin:.5em 0"
)
CELL = (
    "text-align:left;vertical-align:top;padding:.35em .9em .35em 0;border:0;"
    "border-bottom:1px solid rgba(127,127,127,.3);overflow-wrap:break-word;"
    "white-space:pre-wrap"
)
_SOURCE = f"{SMALL};margin:0 .2em"
_LINKED = "color:inherit;text-decoration:underline"
_WRAPPED = (
    "white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal;"
    "color:inherit;background:none"
)
_PROSE = f"{_WRAPPED};margin:.3em 0;padding:0;border:0;font:inherit"
_CODE = (
    f"{_WRAPPED};margin:.4em 0;padding:.6em .8em;border:0;border-radius:6px;"
    "background:rgba(127,127,127,.12);font:.88em/1.45 ui-monospace,monospace"
)
_BOX = (
    f"{_WRAPPED};margin:.3em 0;padding:.4em .7em;border:1px solid rgba(127,127,127,.3);"
    "border-radius:6px;font:.88em/1.45 ui-monospace,monospace;"
    "max-height:24em;overflow:auto"
)
_HEADING = "cursor:pointer;list-style:none"


class Html(str):
    """Text that is already HTML; any other text is escaped when it is inserted."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str) -> Html:
    """Write an element with its children; those that are text are escaped."""
    return Html(f"{tag(name, **attributes)}{joined(children)}</{name}>")


def tag(name: str, /, **attributes: str) -> Html:
    """Write a start tag; `_` in the name of an attribute stands for `-`."""
    pairs = ((key.replace("_", "-"), value) for key, value in attributes.items())
    written = (f' {key}="{_escaped(value)}"' for key, value in pairs)
    return Html(f"<{name}{''.join(written)}>")


def joined(parts: Iterable[str], between: str = "") -> Html:
    """Join parts; those that are text are escaped."""
    written = (part if isinstance(part, Html) else _escaped(part) for part in parts)
    return Html(_escaped(between).join(written))


def _escaped(text: str) -> str:
    """Escape text; characters that HTML does not allow become U+FFFD."""
    written = _NO_CHARACTER.sub("\ufffd", escape(text))
    return _CONTROLS.sub(lambda found: f"&#{ord(found[0])};", written)


def span(*children: str) -> Html:
    """Write text whose writing direction does not affect the text around it."""
    return element("span", *children, dir="auto")


def small(*children: str) -> Html:
    """Write text in a smaller, fainter style."""
    return element("span", *children, dir="auto", style=SMALL)


def bracketed(*children: str) -> Html:
    """Write the source of a statement in brackets, set off by its style."""
    return element("span", "[", *children, "]", dir="auto", style=_SOURCE)


def prose(*children: str) -> Html:
    """Write running text in full, with its white space."""
    return element("pre", "\n", *children, dir="auto", style=_PROSE)


def box(text: str) -> Html:
    """Write preformatted text in a frame, cut after 100,000 characters."""
    cut = f"cut after {LONGEST_TEXT:,} characters"
    framed = element("pre", "\n", text[:LONGEST_TEXT], dir="auto", style=_BOX)
    return joined((framed, small(cut))) if len(text) > LONGEST_TEXT else framed


def code_block(text: str) -> Html:
    """Write code in full, in a frame."""
    return element("pre", "\n", text, dir="auto", style=_CODE)


def fold(label: str, *children: str) -> Html:
    """Write content that opens when its label is clicked."""
    summary = element("summary", span(label), style=f"{SMALL};cursor:pointer")
    return element("details", summary, *children)


def fold_heading(heading: Html, details: Html) -> Html:
    """Write a heading that shows details when it is clicked."""
    dots = element("span", "⋯", style=f"{SMALL};margin:0 .5em")
    summary = element("summary", heading, dots, style=_HEADING)
    return element("details", summary, element("div", details, style=SMALL))


def facts(*items: object) -> Html:
    """Write the facts that are not empty in a row."""
    shown = (item for item in items if item is not None and item != "")
    return joined((i if isinstance(i, Html) else span(str(i)) for i in shown), " · ")


def image(place: str, inside: str = "div") -> Html:
    """Show the image in a data URL; for any other URL, show the URL."""
    if _PICTURE.fullmatch(place):
        style = "max-width:100%;max-height:30em"
        return element(inside, tag("img", src=place, alt="image", style=style))
    return element(inside, "image: ", address(place), dir="auto")


def address(place: str) -> Html:
    """Show a URL; of one with more than 2,000 characters, only the first 100."""
    if len(place) > _LONGEST_ADDRESS:
        return span(f"{place[:_ADDRESS_START]}… ({len(place):,} characters)")
    return _anchor(place, place) if _LINK.fullmatch(place) else span(place)


def link(place: str, *children: str) -> Html:
    """Link a text to a URL; show a URL that cannot be a link behind the text."""
    if len(place) <= _LONGEST_ADDRESS and _LINK.fullmatch(place):
        return _anchor(place, *children, title=place)
    shown = span("(", address(place), ")")
    return element("span", *children, " ", shown, dir="auto")


def _anchor(place: str, *children: str, **attributes: str) -> Html:
    rel = "noopener noreferrer nofollow"
    where = {"href": place, "rel": rel, "target": "_blank", **attributes}
    return element("a", *children, **where, style=_LINKED)
