"""An answer that grows in a terminal."""

import random
import sys
from collections.abc import Sequence

import pytest

from mistral_conversations import from_dict
from mistral_conversations.cli.markdown import rendered
from mistral_conversations.cli.markdown_screen import MarkdownScreen
from mistral_conversations.cli.page import Page
from mistral_conversations.models.events import ConversationEvents
from tests.support.bodies import delta, thinking, tool_done, tool_started
from tests.support.screens import Terminal

CODE = "\n".join(f"x{number} = {number}  # 日本語" for number in range(60))
ANSWER = f"""# Why *blue*?

Light from the sun is **scattered** by molecules, more so if its wavelength is short.
A second line.

1. one
2. two
   - nested

   with a paragraph

```python
{CODE}
```

| wavelength | colour |
|---|---|
| 450 nm | blue 日本語 |

> quoted

{"word " * 300}

The end.
"""


@pytest.mark.parametrize("size", [(40, 8), (80, 24), (200, 50)])
def test_what_stays_is_the_answer_at_once(size: tuple[int, int]) -> None:
    terminal = Terminal(*size)
    whole = rendered(ANSWER, terminal.console, size[0])
    page = Page(terminal.console)
    text = ANSWER
    while text:
        length = random.randint(1, 60)
        page.add(text[:length], "text")
        text = text[length:]
    page.stop()
    expected = ["".join(each.text for each in line) for line in whole]
    assert _without_spaces(terminal.lines) == _without_spaces(expected)
    assert "waiting" not in "".join(terminal.lines)


def _without_spaces(lines: Sequence[str]) -> list[str]:
    """Return lines in a form in which pyte and rich agree about wide characters."""
    return ["".join(line.split()) for line in lines if line.strip()]


def test_a_spinner_stands_until_the_first_word() -> None:
    terminal = Terminal(40, 10)
    page = Page(terminal.console)
    page.start()
    page._live.refresh()  # type: ignore[union-attr]
    assert terminal.lines[-1].endswith("waiting")
    page.add("Blue", "text")
    page._live.refresh()  # type: ignore[union-attr]
    assert terminal.lines == ["Blue"]
    page.stop()
    assert terminal.lines == ["Blue"]


def test_words_are_shown_before_their_line_ends() -> None:
    terminal = Terminal(40, 10)
    page = Page(terminal.console)
    page.add("Blue is **a", "text")
    page._live.refresh()  # type: ignore[union-attr]
    assert terminal.lines == ["Blue is **a"]
    page.add(" colour**.", "text")
    page._next_drawing = 0.0
    page._live.refresh()  # type: ignore[union-attr]
    assert terminal.lines == ["Blue is a colour."]
    page.stop()


def test_parts_of_an_answer_are_set_apart() -> None:
    terminal = Terminal(60, 20)
    screen = MarkdownScreen(Page(terminal.console))
    screen.open()
    events = (
        delta(thinking("Hm, *so*")),
        tool_started(),
        {**tool_done(), "info": {"code": "print(1)", "code_output": "1\n"}},
        delta("It is **1**.\n\nOr"),
        delta(" 2\x1b[2J.\ud83d"),
    )
    for event in events:
        screen.show(from_dict(ConversationEvents, event))
    screen.close()
    screen.close()
    assert terminal.lines == [
        "[thinking] Hm, *so*",
        "[code_interpreter]",
        "  | print(1)",
        "  = 1",
        "",
        "It is 1.",
        "",
        "Or 2\\x1b[2J.\ufffd",
    ]


def test_other_output_stands_above_the_last_block(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal = Terminal(60, 20)
    page = Page(terminal.console)
    page.add("Blue", "text")
    sys.stdout.write("printed\n")
    page.add(" sky", "text")
    page.stop()
    assert terminal.lines == ["printed", "Blue sky"]
    sys.stdout.write("later\n")
    assert capsys.readouterr().out == "later\n"
