"""The output of a chat for each kind of event."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from mistral_conversations import ConversationEvents, from_dict
from mistral_conversations.display.answer import AnswerScreen
from tests.support.bodies import (
    call_delta,
    delta,
    done,
    handoff_done,
    handoff_started,
    reference,
    started,
    text_chunk,
    thinking,
    tool_delta,
    tool_done,
    tool_file,
    tool_started,
)

Capture = pytest.CaptureFixture[str]


def _shown(capsys: Capture, *events: Mapping[str, Any]) -> str:
    screen = AnswerScreen()
    for event in events:
        screen.show(from_dict(cast("Any", ConversationEvents), event))
    screen.end_line()
    return capsys.readouterr().out


def test_texts_join(capsys: Capture) -> None:
    texts = delta("Blue"), delta(text_chunk(", ")), delta("mostly.\n")
    assert _shown(capsys, started(), *texts, done()) == "Blue, mostly.\n"


def test_messages_stand_on_lines_of_their_own(capsys: Capture) -> None:
    assert _shown(capsys, delta("a"), delta("b", id="msg_2")) == "a\nb\n"


def test_thoughts_join_and_are_set_off(capsys: Capture) -> None:
    events = delta(thinking("Hm")), delta(thinking("m.")), delta("Blue.")
    assert _shown(capsys, *events) == "[thinking] Hmm.\nBlue.\n"


def test_a_list_of_chunks_is_shown_as_the_chunks_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = (
        delta([thinking("Hm"), thinking("m.")]),
        delta([text_chunk("Bl")]),
        delta("ue."),
    )
    assert _shown(capsys, *events) == "[thinking] Hmm.\nBlue.\n"


def test_halves_of_a_character_are_joined(capsys: pytest.CaptureFixture[str]) -> None:
    events = delta("a\ud83d"), delta("\ude00b"), delta("\ud83d")
    assert _shown(capsys, *events) == "a😀b\ufffd\n"


def test_sources_and_files_stand_in_the_text(capsys: Capture) -> None:
    events = delta("Blue"), delta(reference()), delta(tool_file())
    assert _shown(capsys, *events) == (
        "Blue [Skies of the world https://skies.example/blue]"
        "[file sky_0 png 2f0c7a3e-0000-4000-8000-00000000000a]\n"
    )


def test_pictures_are_not_written_out(capsys: Capture) -> None:
    url = "data:image/png;base64," + "A" * 5000
    out = _shown(capsys, delta({"type": "image_url", "image_url": url}))
    assert out.startswith("[image data:image/png;base64,AAA")
    assert len(out) < 300


def test_code_and_its_output_are_shown_in_part(capsys: Capture) -> None:
    info = {"code": "x = 1\n" * 20, "code_output": "y" * 1000}
    out = _shown(capsys, tool_started(), {**tool_done(), "info": info})
    assert out == (
        "[code_interpreter]\n" + "  | x = 1\n" * 12 + "  | …\n" + f"  = {'y' * 196}…\n"
    )


def test_code_is_found_among_the_arguments(capsys: Capture) -> None:
    events = tool_started(), tool_delta('{"code": '), tool_delta('"6 * 7"}')
    out = _shown(capsys, *events, {**tool_done(), "info": {"code_output": 42}})
    assert out == "[code_interpreter]\n  | 6 * 7\n"


@pytest.mark.parametrize(
    ("arguments", "suffix"),
    [
        ('{"query":\n"sky"}', ' {"query": "sky"}'),
        ("{}", ""),
        ("{", ""),
        ("[" * 5000, f" {'[' * 100}…"),
        ('{"code": 1}', ' {"code": 1}'),
        ("z" * 101, f" {'z' * 100}…"),
    ],
)
def test_arguments_of_other_tools_stand_beside_the_name(
    arguments: str, suffix: str, capsys: Capture
) -> None:
    end = {**tool_done(), "info": None}
    out = _shown(capsys, tool_started(), tool_delta(arguments), end)
    assert out == f"[code_interpreter]{suffix}\n"


def test_arguments_that_are_an_object_stand_beside_the_name(capsys: Capture) -> None:
    begin = {**tool_started(), "arguments": {"query": "sky"}}
    out = _shown(capsys, begin, {**tool_done(), "info": None})
    assert out == '[code_interpreter] {"query": "sky"}\n'


def test_concurrent_tools_are_distinguished(capsys: Capture) -> None:
    one, two = ({"id": f"tool_exec_{n}", "name": f"tool {n}"} for n in "12")
    events = (
        {**tool_started(), **one},
        {**tool_started(), **two},
        {**tool_delta('"a"'), **one},
        {**tool_done(), **one, "info": {}},
        {**tool_done(), **two, "info": {}},
    )
    assert _shown(capsys, *events) == '[tool 1]\n[tool 2]\n[tool 1] "a"\n'


def test_handoffs_are_shown_and_calls_are_not_yet(capsys: Capture) -> None:
    events = delta("Wait."), handoff_started(), handoff_done(), call_delta("{}")
    assert _shown(capsys, *events) == (
        "Wait.\n[handoff from front desk]\n[handoff to weather desk]\n"
    )


def test_what_is_unknown_is_named(capsys: Capture) -> None:
    assert _shown(capsys, {"type": "new\x1b.event"}, {}) == (
        "[new\\x1b.event]\n[unknown event]\n"
    )
    assert _shown(capsys, delta({"type": "new"})) == "[new]\n"
