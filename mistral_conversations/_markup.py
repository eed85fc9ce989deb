"""HTML from text that may hold anything: the one place that writes tags.

`element` and `tag` take their names from this package's code alone and escape all
that is not `Html`, so what a model, a tool or a user wrote stays text. Nor does it
make the browser ask anyone: an image is shown from a `data:` address that holds a
PNG, JPEG, GIF or WebP in base64. SVG is not among them, since it may hold scripts and
addresses. Any other address is text, and a link to click on where it is http or https
in plain ASCII. Colours are the notebook's own, or grey enough for light and dark.
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
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")

SMALL = "font-size:.85em;opacity:.7"
_SOURCE = f"{SMALL};margin:0 .2em"
_LINKED = "color:inherit;text-decoration:underline"
_WRAPPED = "white-space:pre-wrap;overflow-wrap:anywhere;color:inherit;background:none"
_PROSE = f"{_WRAPPED};margin:.3em 0;padding:0;border:0;font:inherit"
_BOX = (
    f"{_WRAPPED};margin:.3em 0;padding:.4em .6em;border:1px solid rgba(127,127,127,.4);"
    "border-radius:4px;font:.9em/1.4 monospace;max-height:24em;overflow:auto"
)


class Html(str):
    """Text that is HTML already; all other text is escaped on its way into it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str) -> Html:
    """Write an element with its children, of which text is escaped."""
    return Html(f"{tag(name, **attributes)}{joined(children)}</{name}>")


def tag(name: str, /, **attributes: str) -> Html:
    """Write a start tag; a `_` in the name of an attribute stands for `-`."""
    pairs = ((key.replace("_", "-"), value) for key, value in attributes.items())
    written = (f' {key}="{_escaped(value)}"' for key, value in pairs)
    return Html(f"<{name}{''.join(written)}>")


def joined(parts: Iterable[str], between: str = "") -> Html:
    """Join parts, of which text is escaped."""
    written = (part if isinstance(part, Html) else _escaped(part) for part in parts)
    return Html(_escaped(between).join(written))


def _escaped(text: str) -> str:
    """Escape text; what HTML has no character for becomes U+FFFD."""
    return _NO_CHARACTER.sub("\ufffd", escape(text)).replace("\r", "&#13;")


def span(*children: str) -> Html:
    """Write text that keeps its direction of writing to itself."""
    return element("span", *children, dir="auto")


def small(*children: str) -> Html:
    """Write text that does not push itself forward."""
    return element("span", *children, dir="auto", style=SMALL)


def bracketed(*children: str) -> Html:
    """Write a source between the words of a text, set off by its style."""
    return element("span", "[", *children, "]", dir="auto", style=_SOURCE)


def prose(*children: str) -> Html:
    """Write running text, whole and with its white space."""
    return element("pre", "\n", *children, dir="auto", style=_PROSE)


def box(text: str) -> Html:
    """Write text as a program has it, cut after 100,000 characters."""
    cut = f"cut after {LONGEST_TEXT:,} characters"
    framed = element("pre", "\n", text[:LONGEST_TEXT], dir="auto", style=_BOX)
    return joined((framed, small(cut))) if len(text) > LONGEST_TEXT else framed


def fold(label: str, *children: str) -> Html:
    """Write what opens at a click on its label."""
    summary = element("summary", span(label), style=f"{SMALL};cursor:pointer")
    return element("details", summary, *children)


def facts(*items: object) -> Html:
    """Write what there is of some facts in a row."""
    shown = (item for item in items if item is not None and item != "")
    return joined((i if isinstance(i, Html) else span(str(i)) for i in shown), " · ")


def image(place: str) -> Html:
    """Show the image that an address holds, or else the address."""
    if _PICTURE.fullmatch(place):
        style = "max-width:100%;max-height:30em"
        return element("div", tag("img", src=place, alt="image", style=style))
    return element("div", "image: ", address(place))


def address(place: str) -> Html:
    """Show an address, if it has more than 2,000 characters by its first 100."""
    if len(place) > _LONGEST_ADDRESS:
        return span(f"{place[:_ADDRESS_START]}… ({len(place):,} characters)")
    if _LINK.fullmatch(place):
        rel = "noopener noreferrer nofollow"
        where = {"href": place, "rel": rel, "target": "_blank"}
        return element("a", place, **where, style=_LINKED)
    return span(place)
