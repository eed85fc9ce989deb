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
    "SMALL",
    "Html",
    "address",
    "box",
    "bracketed",
    "element",
    "facts",
    "fold",
    "image",
    "joined",
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
_SOURCE = f"{SMALL};margin:0 .2em"
_LINKED = "color:inherit;text-decoration:underline"
_WRAPPED = (
    "white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal;"
    "color:inherit;background:none"
)
_PROSE = f"{_WRAPPED};margin:.3em 0;padding:0;border:0;font:inherit"
_BOX = (
    f"{_WRAPPED};margin:.3em 0;padding:.4em .6em;border:1px solid rgba(127,127,127,.4);"
    "border-radius:4px;font:.9em/1.4 monospace;max-height:24em;overflow:auto"
)


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


def fold(label: str, *children: str) -> Html:
    """Write content that opens when its label is clicked."""
    summary = element("summary", span(label), style=f"{SMALL};cursor:pointer")
    return element("details", summary, *children)


def facts(*items: object) -> Html:
    """Write the facts that are not empty in a row."""
    shown = (item for item in items if item is not None and item != "")
    return joined((i if isinstance(i, Html) else span(str(i)) for i in shown), " · ")


def image(place: str) -> Html:
    """Show the image in a data URL; for any other URL, show the URL."""
    if _PICTURE.fullmatch(place):
        style = "max-width:100%;max-height:30em"
        return element("div", tag("img", src=place, alt="image", style=style))
    return element("div", "image: ", address(place))


def address(place: str) -> Html:
    """Show a URL; of one with more than 2,000 characters, only the first 100."""
    if len(place) > _LONGEST_ADDRESS:
        return span(f"{place[:_ADDRESS_START]}… ({len(place):,} characters)")
    if _LINK.fullmatch(place):
        rel = "noopener noreferrer nofollow"
        where = {"href": place, "rel": rel, "target": "_blank"}
        return element("a", place, **where, style=_LINKED)
    return span(place)
