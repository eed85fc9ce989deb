"""The visible text of a page of HTML or XML, such as the error of a proxy.

A scanner of its own: `html.parser` takes seconds for 8 KiB of hostile markup.
"""

import re

__all__ = ["is_page", "page_text"]

_MOST_STEPS = 5000  # 10 ms of work; text behind them says nothing about the error
_ENOUGH_TEXT = 2000

_BEGINNING = re.compile(r"\s*<(?:!doctype|html|\?xml|!--)", re.IGNORECASE)
_CLOSING = re.compile(r"</[a-zA-Z]")
_TAG = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_UP_TO_VALUE = re.compile(r"[^=>]*(?:=\s*)?")
_ENDS = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "template", "svg", "title")
}
_WITHIN_WORDS = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark"}
    | {"q", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "wbr"}
)
_LONGEST_PIECE = 16_384
_LONGEST_TAG = 1000
_DATA_URL = re.compile(r"\bdata:[^\s,]{0,60},\S*", re.IGNORECASE)
_VALUE = re.compile(r"""=\s*(?:"[^"]*"?|'[^']*'?|[^\s"'>]+)""")
_HIDDEN = re.compile(r"\bhidden(?![\w-])(?<![\w-]hidden)", re.IGNORECASE)
_NOT_DISPLAYED = re.compile(
    r"""\bstyle\s*=\s*["']?[^"']*\bdisplay\s*:\s*none""", re.IGNORECASE
)
# Elements without an end tag (WHATWG HTML, 13.1.2: void elements).
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}
    | {"param", "source", "track", "wbr"}
)


def is_page(text: str) -> bool:
    """Return whether a text has the marks of HTML or XML."""
    return _BEGINNING.match(text) is not None or _CLOSING.search(text) is not None


def page_text(text: str) -> str:
    """Return the title and the visible text of a page, its white space folded.

    Leaves out scripts, styles, comments, hidden elements that have an end, `data:`
    URLs, and a title with which the text begins. Takes linear time, and stops after
    5,000 tags and values of attributes, or 2,000 characters.
    """
    from html import unescape  # noqa: PLC0415 - costs 1 ms, and only a page needs it

    scanner = _Scanner(text)
    while scanner.length <= _ENOUGH_TEXT and scanner.step():
        pass
    scanner.end()
    title = _folded(unescape(scanner.title))
    body = _folded(unescape("".join(scanner.pieces)))
    return body if body.startswith(title) else f"{title} {body}".strip()


class _Scanner:
    """Collect the text between the tags of a page, from its beginning."""

    def __init__(self, text: str) -> None:
        self.title = ""
        self.pieces: list[str] = []
        self.length = 0
        self._text = text
        self._hidden: str | None = None  # the name of a hidden element
        self._withheld = ""  # its text
        self._depth = 0  # of elements of that name inside it
        self._at = 0
        self._steps = 0

    def step(self) -> bool:
        """Read up to the end of the next tag; return whether there was one."""
        self._steps += 1
        tag = self._text.find("<", self._at)
        self._add(self._at, tag if tag >= 0 else len(self._text))
        if tag < 0 or self._steps > _MOST_STEPS:
            return False
        if self._text.startswith("<!--", tag):
            self._at = self._end_of("-->", tag + 2)
        elif self._text.startswith("<![CDATA[", tag):
            end = self._end_of("]]>", tag)
            self._add(tag + len("<![CDATA["), end - len("]]>"))
            self._at = end
        elif self._text.startswith(("<!", "<?"), tag):
            self._at = self._end_of(">", tag)
        elif (named := _TAG.match(self._text, tag)) is not None:
            self._skip_element(named)
        else:
            self._add(tag, tag + 1)
            self._at = tag + 1
        return True

    def end(self) -> None:
        """Show a hidden element without an end: it is unclear what it holds."""
        self.pieces.append(self._withheld)

    def _skip_element(self, tag: re.Match[str]) -> None:
        """Skip a tag, with the content of an element that is not shown."""
        name = tag[1].lower()
        if name not in _WITHIN_WORDS:
            self._append(" ")
        self._at = content = self._end_of_tag(tag.end())
        is_end = tag[0].startswith("</")
        self._hide(name, self._text[tag.end() : content], is_end=is_end)
        if name not in _ENDS or is_end:
            return
        found = _ENDS[name].search(self._text, content)
        end = found.start() if found else len(self._text)
        if name == "title" and not self.title:
            self.title = self._text[content : min(end, content + _ENOUGH_TEXT)]
        self._at = end

    def _hide(self, name: str, attributes: str, *, is_end: bool) -> None:
        """Count the elements inside a hidden one, up to its end tag."""
        if self._hidden is None:
            if name not in _VOID and not is_end and _is_hidden(attributes):
                self._hidden, self._depth = name, 1
        elif name == self._hidden:
            self._depth += -1 if is_end else 1
            if self._depth == 0:
                self._hidden, self._withheld = None, ""

    def _end_of_tag(self, at: int) -> int:
        """Return the end of a tag; its values in quotes may contain `>`."""
        while self._steps < _MOST_STEPS and (
            found := _UP_TO_VALUE.match(self._text, at)
        ):
            self._steps += 1
            at = found.end()
            if self._text.startswith(('"', "'"), at) and found[0].rstrip()[-1:] == "=":
                at = self._end_of(self._text[at], at + 1)
            elif self._text.startswith(">", at):
                return at + 1
            elif at == len(self._text):
                break
        return len(self._text)

    def _end_of(self, mark: str, start: int) -> int:
        """Return the place after a mark; the end of the text without one."""
        found = self._text.find(mark, start)
        return found + len(mark) if found >= 0 else len(self._text)

    def _add(self, start: int, end: int) -> None:
        piece = self._text[start : min(end, start + _LONGEST_PIECE)]
        piece = _DATA_URL.sub(" ", piece)[:_ENOUGH_TEXT]
        self._append(piece)
        self.length += len(piece.strip()) if self._hidden is None else 0

    def _append(self, piece: str) -> None:
        if self._hidden is None:
            self.pieces.append(piece)
        elif len(self._withheld) < _ENOUGH_TEXT:
            self._withheld += piece


def _folded(text: str) -> str:
    return " ".join(text.split())


def _is_hidden(attributes: str) -> bool:
    given = attributes[:_LONGEST_TAG]
    if _NOT_DISPLAYED.search(given) is not None:
        return True
    return "hidden" in given.lower() and (
        _HIDDEN.search(_VALUE.sub("=", given)) is not None
    )
