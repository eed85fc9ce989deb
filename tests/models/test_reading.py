"""The read helpers: `.text` and `.function_calls`."""

from typing import Any

from mistral_conversations import (
    ConversationEvents,
    ConversationResponse,
    FunctionCallEntry,
    MessageOutputEntry,
    MessageOutputEvent,
    from_dict,
)
from tests.support.bodies import (
    delta,
    function_call,
    handoff,
    message,
    reference,
    response,
    text_chunk,
    thinking,
    tool_execution,
    tool_file,
)
from tests.support.for_each import for_each

NEW = {"type": "brand.new", "text": "not to be read"}


def read(*outputs: Any) -> ConversationResponse:
    return from_dict(ConversationResponse, response() | {"outputs": list(outputs)})


@for_each(
    ("content", "text"),
    [
        *[("", ""), ("Blue.", "Blue."), ([], "")],
        ([text_chunk("Blue"), text_chunk(".")], "Blue."),
        ([thinking("Hm"), text_chunk("Blue.")], "Blue."),
        ([text_chunk("Blue"), reference(), text_chunk("."), tool_file()], "Blue."),
        ([NEW, text_chunk("Blue.")], "Blue."),
        ([thinking("Hm")], ""),
    ],
)
def test_the_text_of_a_message(content: Any, text: str) -> None:
    entry = from_dict(MessageOutputEntry, message(content))
    assert entry.text == text
    assert read(message(content)).text == text


@for_each(
    ("outputs", "text"),
    [
        ([], ""),
        ([message("Bl"), message([text_chunk("ue.")])], "Blue."),
        ([tool_execution(), message("Blue."), handoff(), NEW], "Blue."),
        ([function_call()], ""),
        ([message("Blue."), message(5)], "Blue."),
    ],
)
def test_the_text_of_an_answer(outputs: list[Any], text: str) -> None:
    assert read(*outputs).text == text


def test_the_function_calls_of_an_answer() -> None:
    other = function_call(tool_call_id="2", arguments={"city": "Oslo"})
    misfit = function_call(arguments=5)
    answer = read(function_call(tool_call_id="1"), message(), other, misfit)
    calls = answer.function_calls
    assert all(isinstance(call, FunctionCallEntry) for call in calls)
    assert [call.tool_call_id for call in calls] == ["1", "2"]
    assert calls[1].arguments == {"city": "Oslo"}
    assert read(message()).function_calls == ()


@for_each(
    ("content", "text"),
    [
        *[("Blue", "Blue"), (text_chunk("Blue"), "Blue"), (thinking("Hm"), "")],
        *[(reference(), ""), (NEW, "")],
    ],
)
def test_the_text_of_a_piece(content: Any, text: str) -> None:
    event = from_dict(ConversationEvents, delta(content))
    assert isinstance(event, MessageOutputEvent)
    assert event.text == text
