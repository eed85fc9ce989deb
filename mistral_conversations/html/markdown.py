r"""Markdown as tokens: the only module that imports markdown-it-py.

CommonMark with tables and strikethrough. HTML is text. A formula stays as written,
underscores and stars included: `$...$`, `$$...$$`, `\(...\)`, `\[...\]`.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from mistral_conversations._text import LONGEST_TEXT

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

__all__ = ["Token", "tokens_of"]

_DEEPEST = 20
_ENDS = {"$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_BEFORE_BLOCKS = ("paragraph", "reference", "blockquote", "list")


class Token(Protocol):
    """A part of a text: an element's beginning or end, or a leaf."""

    type: str
    tag: str
    attrs: Any
    content: str
    children: Any
    hidden: bool
    info: str

    @property
    def nesting(self) -> int:
        """1 for the beginning of an element, -1 for its end, 0 for a leaf."""
        ...


def tokens_of(text: str) -> Sequence[Token] | None:
    """Parse Markdown; return None where the text should appear as written.

    That is the case without markdown-it-py, for more than 100,000 characters, which
    would take seconds, and for a text on which the parser fails.
    """
    try:
        parser = _parser()
    except ImportError:
        return None
    try:
        return parser.parse(text) if len(text) <= LONGEST_TEXT else None
    except Exception:  # noqa: BLE001 - the text shows as written
        return None


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - optional

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "formula", _inline_formula)
    parser.block.ruler.before(
        "fence", "formula", _block_formula, {"alt": [*_BEFORE_BLOCKS]}
    )
    return parser


def _inline_formula(state: "StateInline", silent: bool) -> bool:
    """Read a formula inside a line of text."""
    if state.src[state.pos] not in "$\\":
        return False
    end = _end_of_formula(state)
    if end == 0:
        return False
    if not silent:
        state.push("formula", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of_formula(state: "StateInline") -> int:
    """Return the end of the formula that starts here; 0 if none does."""
    mark = state.src[state.pos : state.pos + 2]
    if mark in _ENDS:
        end = _next(state, _ENDS[mark], state.pos + 2)
        return end + 2 if end >= 0 else 0
    if mark[0] != "$" or mark[1:].isspace() or not mark[1:]:
        return 0
    end = _next(state, "$", state.pos + 1)
    while end > 0 and state.src[end - 1] == "\\":
        end = _next(state, "$", end + 1)
    return end + 1 if end > 0 and _closes(state.src, end) else 0


def _next(state: "StateInline", mark: str, start: int) -> int:
    """Find a mark; without one, the text is searched only once."""
    missing = state.env.setdefault("missing", {})
    if missing.get(mark, len(state.src)) <= start and missing["in"] is state.src:
        return -1
    found = state.src.find(mark, start, state.posMax)
    if found < 0:
        state.env["missing"] = {"in": state.src, mark: start}
    return found


def _closes(text: str, end: int) -> bool:
    """Return whether a dollar sign ends a formula, not the price of something."""
    return not text[end - 1].isspace() and not text[end + 1 : end + 2].isdigit()


def _block_formula(
    state: "StateBlock",
    startLine: int,  # noqa: N803 - the parser's names
    endLine: int,  # noqa: N803
    silent: bool,
) -> bool:
    """Read a formula that starts a line, up to its mark or an empty line."""
    start = state.bMarks[startLine] + state.tShift[startLine]
    mark = state.src[start : start + 2]
    if mark not in ("$$", r"\[") or state.is_code_block(startLine):
        return False
    first = state.src[start + 2 : state.eMarks[startLine]]
    if _ENDS[mark] in first and not first.rstrip().endswith(_ENDS[mark]):
        return False
    if silent:
        return True
    line = startLine
    while not _is_last(state, line, first, _ENDS[mark]) and line + 1 < endLine:
        line += 1
        first = state.src[state.bMarks[line] : state.eMarks[line]]
    state.line = line + 1
    token = state.push("formula_block", "", 0)
    token.content = state.getLines(
        startLine, state.line, state.blkIndent, False
    ).strip()
    return True


def _is_last(state: "StateBlock", line: int, text: str, mark: str) -> bool:
    """Return whether a formula ends in a line; an empty line follows its last."""
    return text.rstrip().endswith(mark) or (
        line + 1 < state.lineMax and state.isEmpty(line + 1)
    )
