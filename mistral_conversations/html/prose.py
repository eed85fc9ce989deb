"""The text of a model, written from the tokens of Markdown.

A text may contain finished HTML, such as the sources of a statement. While the Markdown
is parsed, a mark stands for each of them: its number between two punctuation characters
that the text does not contain.
"""

import re
from collections.abc import Mapping, Sequence

import attrs
from attrs import define

from mistral_conversations._markup import (
    Html,
    code_block,
    element,
    image,
    joined,
    link,
    prose,
    small,
    tag,
)
from mistral_conversations.html.markdown import Token, tokens_of

__all__ = ["markdown"]

# Punctuation of a script that nobody has written for 1,700 years.
_MARKS = tuple(map(chr, range(0x10A50, 0x10A59)))

_BLOCK = "margin:.5em 0"
_HEADING = "margin:1em 0 .4em;padding:0;border:0;font-weight:600;line-height:1.25"
_LIST = "margin:.4em 0;padding:0;padding-inline-start:1.7em"
_LINE = "1px solid rgba(127,127,127,.4)"
_CELL = f"padding:.3em .7em;border:{_LINE};vertical-align:top;background:none"
_STYLES: Mapping[str, str] = {
    "p": _BLOCK,
    "h1": f"{_HEADING};font-size:1.5em",
    "h2": f"{_HEADING};font-size:1.3em",
    "h3": f"{_HEADING};font-size:1.15em",
    "h4": f"{_HEADING};font-size:1em",
    "h5": f"{_HEADING};font-size:1em",
    "h6": f"{_HEADING};font-size:1em;opacity:.8",
    "ul": _LIST,
    "ol": _LIST,
    "li": "margin:.2em 0",
    "blockquote": (
        "margin:.6em 0;padding:0 0 0 .9em;font-size:1em;"
        "border:0;border-left:3px solid rgba(127,127,127,.4);opacity:.85"
    ),
    "table": (
        "border-collapse:collapse;margin:.6em 0;display:block;max-width:100%;"
        "width:max-content;overflow:auto;font-size:.95em;border:0"
    ),
    "tr": "background:none",
    "th": f"{_CELL};font-weight:600",
    "td": _CELL,
    "hr": f"border:0;border-top:{_LINE};margin:1em 0",
}
_CODE = (
    "font-family:ui-monospace,monospace;font-size:.9em;color:inherit;"
    "background:rgba(127,127,127,.15);padding:.1em .3em;border-radius:3px"
)
_FORMULA = f"{_BLOCK};white-space:pre-wrap;overflow-x:auto"
_ALIGNED = ("text-align:left", "text-align:right", "text-align:center")
_NO_BLOCK = frozenset({"em", "strong", "s", "thead", "tbody"})


def markdown(*parts: str) -> Html:
    """Write the text of a model as Markdown; where there is no parser, as it is.

    Args:
        parts: text, and `Html` that stands within the text.
    """
    text = "".join(part for part in parts if not isinstance(part, Html))
    mark = next((mark for mark in _MARKS if mark not in text), "")
    marked = [part for part in parts if isinstance(part, Html)]
    numbers = iter(range(len(marked)))
    text = "".join(
        f"{mark}{next(numbers)}{mark}" if isinstance(part, Html) else part
        for part in parts
    )
    tokens = tokens_of(text) if mark else None
    if tokens is None:
        return prose(*parts)
    writer = _Writer(mark=mark, marked=marked)
    written = writer.write(tokens)
    return element("div", written, writer.rest(), dir="auto")


@define
class _Writer:
    """Write tokens as HTML, without recursion into blocks."""

    mark: str
    marked: Sequence[Html]
    _shown: set[int] = attrs.field(factory=set)

    def write(self, tokens: Sequence[Token]) -> Html:
        """Write tokens; those that open an element stand before its content."""
        open_: list[tuple[Token | None, list[Html]]] = [(None, [])]
        for token in tokens:
            if token.nesting > 0:
                open_.append((token, []))
            elif token.nesting < 0:
                opening, children = open_.pop()
                open_[-1][1].append(self._element(opening, children))
            else:
                open_[-1][1].append(self._leaf(token))
        return joined(open_[0][1])

    def rest(self) -> Html:
        """Write what stood where Markdown shows nothing, such as a URL."""
        numbers = (n for n in range(len(self.marked)) if n not in self._shown)
        return joined(self.marked[number] for number in numbers)

    def _element(self, token: Token | None, children: Sequence[Html]) -> Html:
        if token is None or token.hidden:
            return joined((*children, "\n"))
        if token.type == "link_open":
            return link(self._plain(str(token.attrs.get("href", ""))), *children)
        attributes = {} if token.tag in _NO_BLOCK else {"dir": "auto"}
        style = _STYLES.get(token.tag, "")
        if token.attrs.get("style") in _ALIGNED:
            style = f"{style};{token.attrs['style']}"
        elif token.tag in {"td", "th"}:
            style = f"{style};text-align:start"
        if style:
            attributes["style"] = style
        if isinstance(start := token.attrs.get("start"), int):
            attributes["start"] = str(start)
        return element(token.tag, *children, **attributes)

    def _leaf(self, token: Token) -> Html:
        match token.type:
            case "inline":
                shown = self.write(token.children or ())
            case "softbreak" | "hardbreak":
                shown = tag("br")
            case "hr":
                shown = tag("hr", style=_STYLES["hr"])
            case "code_inline":
                shown = element("code", self._filled(token.content), style=_CODE)
            case "fence" | "code_block":
                shown = self._code(token)
            case "image":
                shown = self._image(token)
            case "formula":
                shown = self._filled(token.content)
            case "formula_block":
                text = self._filled(token.content)
                shown = element("div", text, dir="auto", style=_FORMULA)
            case _:
                shown = self._text(token.content)
        return shown

    def _code(self, token: Token) -> Html:
        language = (self._plain(token.info).split() or [""])[0]
        code = code_block(self._filled(token.content.removesuffix("\n")))
        return joined((small(language), code)) if language else code

    def _image(self, token: Token) -> Html:
        """Show an embedded image; of any other, its text and its address."""
        place = self._plain(str(token.attrs.get("src", "")))
        shown = self._text(token.content), " ", image(place, "span")
        return element("span", *shown, dir="auto")

    def _text(self, text: str) -> Html:
        """Write text; a dollar sign alone, which begins no formula, in an element.

        MathJax, which typesets the formulas in notebooks, pairs none across elements.
        """
        dollar = element("span", "$", dir="auto")
        first, *others = map(self._filled, text.split("$"))
        return joined((first, *(part for each in others for part in (dollar, each))))

    def _filled(self, text: str) -> Html:
        """Write text, with the HTML for which marks stand."""
        pieces = re.split(f"{self.mark}([0-9]+){self.mark}", text)
        for at in range(1, len(pieces), 2):
            self._shown.add(number := int(pieces[at]))
            pieces[at] = self.marked[number]
        return joined(pieces)

    def _plain(self, text: str) -> str:
        """Return text without marks, for where no HTML can stand."""
        return re.sub(f"{self.mark}[0-9]+{self.mark}", "", text)
