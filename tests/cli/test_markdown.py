"""Markdown for a terminal: its blocks, and the lines that they become."""

import pytest

from mistral_conversations.cli.markdown import complete, rendered, styled
from tests.support.for_each import for_each
from tests.support.screens import Terminal


def _shown(text: str, width: int = 60) -> str:
    lines = rendered(text, Terminal(width, 20).console, width)
    return "\n".join("".join(each.text for each in line) for line in lines)


@for_each(
    ("text", "done"),
    [
        ("", ""),
        ("a", ""),
        ("a\n\n", ""),
        ("a\n\nb", ""),
        ("a\n\nb\n", "a\n\n"),
        ("a\n#", ""),
        ("a\n#\n", "a\n"),
        ("# a\nb\n", "# a\n"),
        ("- a\n\n- b\n", ""),
        ("- a\n\nb\n", "- a\n\n"),
        ("```\na\n\nb\n", ""),
        ("```\na\n```\nb\n", "```\na\n```\n"),
        ("|a|\n|-|\n|b|\n", ""),
        ("|a|\n|-|\n|b|\n\nc\n", "|a|\n|-|\n|b|\n\n"),
        ("a\n\n[x]: https://a.example\n", ""),
    ],
)
def test_blocks_are_complete_once_another_begins(text: str, done: str) -> None:
    assert text[: complete(text)] == done


@for_each(
    ("text", "shown"),
    [
        ("# Why\n\nit *is* **so**", "Why\n\nit is so"),
        ("one\ntwo", "one\ntwo"),
        ("- a\n- b", " • a\n • b"),
        ("> a", "▌ a"),
        ("```python\nx = 1\n\n  y\n```", "python\nx = 1\n\n  y"),
        ("```\nx\n```", "x"),
        ("$E = mc^2$", "$E = mc^2$"),
        ("<b>bold</b> <script>x</script>", "<b>bold</b> <script>x</script>"),
        ("<div>\nx\n</div>", "<div>\nx\n</div>"),
        ("[a](https://a.example)", "a (https://a.example)"),
        ("<https://a.example>", "https://a.example"),
        (
            "see ![alt](https://a.example/i.png)!",
            "see [image alt https://a.example/i.png]!",
        ),
        ("&#x202e; &#13; &#27; &#133;", "\\u202e \ufffd \\x85"),
        ("[b]red[/b] :smile:", "[b]red[/b] :smile:"),
    ],
)
def test_markdown_is_laid_out_and_hides_nothing(text: str, shown: str) -> None:
    if "&#13;" in text:
        assert not set(_shown(text)) & {"\r", "\x1b", "\x85", "\u202e"}
    else:
        assert _shown(text) == shown


def test_a_table_fits_the_terminal() -> None:
    table = "| a | b |\n|---|---|\n" + "| 日本語 words words | more words here |\n"
    for width in 20, 40, 200:
        lines = rendered(table, Terminal(width, 20).console, width)
        assert all(sum(each.cell_length for each in line) <= width for line in lines)
        assert "日本語" in _shown(table, width)


@pytest.mark.parametrize(
    "text", ["*" * 3000, "[" * 3000, "> " * 500, "`" * 999, "|-\n" * 99]
)
def test_odd_markdown_is_shown(text: str) -> None:
    complete(f"{text}\n\n")
    _shown(text)


def test_plain_text_keeps_its_marks() -> None:
    lines = styled("a *b*\n\nc\n", "dim", Terminal(60, 20).console, 60)
    assert ["".join(each.text for each in line) for line in lines] == ["a *b*", "", "c"]
