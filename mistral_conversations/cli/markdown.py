"""Markdown as lines for a terminal, and the blocks of it that are complete.

The only module besides `page` and `colours` that imports rich. HTML is text here, no
link is hidden, and nothing that a model writes controls the terminal.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.segment import Segment
from rich.syntax import Syntax
from rich.text import Text
from rich.theme import Theme

from mistral_conversations.display.output import one_line, visible

__all__ = ["THEME", "complete", "rendered", "styled"]

Line = list[Segment]

THEME = Theme(
    {
        "markdown.code": "cyan",
        "markdown.h1": "bold underline",
        "markdown.h2": "bold underline",
        "markdown.h3": "bold",
        "markdown.link": "bold",
        "markdown.link_url": "underline blue",
        "markdown.block_quote": "dim",
        "markdown.list": "none",
        "markdown.item.bullet": "bold",
        "markdown.item.number": "bold",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)
"""Colours of the terminal's own palette, which suit light and dark backgrounds."""

_WIDEST = 100  # columns; longer lines are hard to read
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
_BLOCKS = MarkdownIt("commonmark", {"html": False}).enable("table").disable("inline")


def complete(text: str) -> int:
    """Return the length of the blocks at the beginning that no further text changes.

    Only whole lines count: `#` may become a heading or the word `#1`.
    """
    lines = text[: text.rfind("\n") + 1].split("\n")
    tokens = _BLOCKS.parse("\n".join(lines))
    starts = [t.map[0] for t in tokens if t.map and t.level == 0 and t.nesting >= 0]
    last = starts[-1] if starts else 0
    return sum(len(line) + 1 for line in lines[:last])


def rendered(text: str, console: Console, width: int) -> list[Line]:
    """Return Markdown as lines."""
    return _lines(_Answer(text), console, width)


def styled(text: str, style: str, console: Console, width: int) -> list[Line]:
    """Return plain text as lines in a style."""
    return _lines(Text(text.removesuffix("\n"), style=style), console, width)


class _Heading(Heading):
    """A heading, at the left like the text below it."""

    LEVEL_ALIGN: ClassVar[dict[str, Any]] = {}


class _Code(CodeBlock):
    """Code in colours, without a margin, so that it can be copied."""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Yield the language and the code."""
        if self.lexer_name != "text":
            yield Text(self.lexer_name, style="dim")
        code = str(self.text).rstrip()
        yield Syntax(
            code,
            self.lexer_name,
            theme=self.theme,
            background_color="default",
            word_wrap=True,
        )


class _Answer(Markdown):
    """The Markdown of an answer."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "code_block": _Code,
        "fence": _Code,
        "heading_open": _Heading,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", code_theme="ansi_dark", hyperlinks=False)
        self.markup = text
        self.parsed = _PARSER.parse(text)
        for token in self.parsed:
            token.children = _plain(token.children or []) or token.children


def _plain(tokens: Sequence[Token]) -> list[Token]:
    """Keep line breaks, describe images, and show a URL once that is its own text."""
    for place, token in enumerate(tokens):
        if token.type == "softbreak":
            token.type = "hardbreak"
        elif token.type == "image":
            alt, source = token.content, str(token.attrs.get("src", ""))
            token.type, token.content = "text", one_line(f"[image {alt} {source}]")
            token.children = None
        elif token.type == "link_open" and _shows_itself(tokens[place : place + 3]):
            token.hidden = tokens[place + 2].hidden = True
    return [token for token in tokens if not token.hidden]


def _shows_itself(tokens: Sequence[Token]) -> bool:
    if len(tokens) < 3 or tokens[2].type != "link_close":  # noqa: PLR2004 - and a text
        return False
    href = str(tokens[0].attrs.get("href", ""))
    return href.removeprefix("mailto:") == tokens[1].content


def _lines(renderable: RenderableType, console: Console, width: int) -> list[Line]:
    options = console.options.update(width=min(width, _WIDEST), height=None)
    lines = console.render_lines(renderable, options, pad=False)
    return _without_margin([_stripped(line) for line in lines])


def _stripped(line: Iterable[Segment]) -> Line:
    """Make control characters visible, such as those of entities; cut spaces."""
    found = [Segment(visible(each.text), each.style) for each in line]
    while found and not found[-1].text.strip():
        found.pop()
    if found:
        found[-1] = Segment(found[-1].text.rstrip(), found[-1].style)
    return found


def _without_margin(lines: Sequence[Line]) -> list[Line]:
    full = [number for number, line in enumerate(lines) if line]
    return list(lines[full[0] : full[-1] + 1]) if full else []
