"""A run that continues a conversation: its open calls are answered first."""

from typing import Any

import pytest

from mistral_conversations import (
    BadRequestError,
    ConversationBusyError,
    FunctionCallEntry,
    FunctionResultEntry,
    MessageInputEntry,
    MessageOutputEntry,
    NotFoundError,
    RunError,
    RunPaused,
    UnknownEntry,
    to_dict,
)
from mistral_conversations.runs.calls.answers import unanswered
from mistral_conversations.runs.exchange.history import last_answer
from mistral_conversations.server import Trouble, call, execute, say
from tests.support.for_each import for_each
from tests.support.scripted import ADD, add, id_of, results, scripted

pytestmark = pytest.mark.anyio


async def test_open_calls_are_answered_first() -> None:
    async with scripted([say("Wait."), ADD, ADD], "3") as local:
        begun = await local.start()
        result = await local.client.run(
            conversation_id=begun.conversation_id, tools=[add]
        )
        assert local.paths == ["POST", "GET ID history", "POST ID"]
        assert results(local.last) == ["3", "3"]
        assert (result.text, result.turns) == ("3", 1)
        assert [c.turn for c in result.calls] == [0, 0]
        assert result.conversation_id == begun.conversation_id
        assert [e.type for e in result.entries] == [
            "function.result",
            "function.result",
            "message.output",
        ]


async def test_a_history_that_ends_with_an_answer_is_the_result() -> None:
    async with scripted([say("One. "), execute("web_search"), "Two."]) as local:
        begun = await local.start(tools=[{"type": "web_search"}])
        result = await local.client.run(conversation_id=begun.conversation_id)
        assert local.paths == ["POST", "GET ID history"]
    assert result.text == begun.text == "One. Two."
    assert result.response is not None
    assert result.response.outputs == begun.outputs
    assert result.turns == 0
    assert result.usage.total_tokens == 0
    assert [result.entries, result.calls, result.open_calls] == [()] * 3


async def test_a_history_that_ends_with_an_input_is_answered() -> None:
    async with scripted("Hello", "Still here") as local:
        begun = await local.start()
        first = (await local.client.get_history(begun.conversation_id)).entries[0]
        other = await local.client.restart(begun.conversation_id, id_of(first))
        assert other.text == "Still here"
        local.server.model = ["Again"]
        local.server.inflict(_history_of(other.conversation_id, first))
        result = await local.client.run(conversation_id=other.conversation_id)
        assert local.last == {}
        assert result.text == "Again"


def _history_of(conversation_id: str, *entries: Any) -> Trouble:
    body = {
        "object": "conversation.history",
        "conversation_id": conversation_id,
        "entries": [to_dict(entry) for entry in entries],
    }
    return Trouble(status=200, body=body)


async def test_new_inputs_follow_the_results() -> None:
    async with scripted([ADD, ADD], "Both") as local:
        begun = await local.start()
        result = await local.client.run(
            "And then?", conversation_id=begun.conversation_id, tools=[add]
        )
        assert local.paths == ["POST", "POST ID", "GET ID history", "POST ID"]
        assert results({"inputs": local.last["inputs"][:2]}) == ["3", "3"]
        assert local.last["inputs"][2]["content"] == "And then?"
        assert result.text == "Both"
        assert await local.history(result.conversation_id) == [
            "message.input",
            "function.call",
            "function.call",
            "function.result",
            "function.result",
            "message.input",
            "message.output",
        ]


@pytest.mark.parametrize("as_mapping", [False, True])
async def test_results_among_the_new_inputs_are_not_made_again(
    as_mapping: bool,
) -> None:
    called: list[int] = []

    def note(number: int) -> int:
        called.append(number)
        return number

    turn = [call("note", number=1), call("note", number=2)]
    async with scripted(turn, "Both") as local:
        begun = await local.start()
        mine = FunctionResultEntry(
            tool_call_id=begun.function_calls[0].tool_call_id, result="mine"
        )
        given: Any = to_dict(mine) if as_mapping else mine
        result = await local.client.run(
            given, conversation_id=begun.conversation_id, tools=[note]
        )
        assert result.text == "Both"
        assert called == [2]
        assert results(local.last) == ["2", "mine"]


async def test_no_inputs_at_all_answer_what_is_open() -> None:
    async with scripted([ADD], "3") as local:
        begun = await local.start()
        result = await local.client.run(
            [], conversation_id=begun.conversation_id, tools=[add]
        )
        assert result.text == "3"


@for_each("from_entry", [False, True])
async def test_a_run_that_is_not_stored_answers_what_is_open(
    from_entry: bool,
) -> None:
    async with scripted([ADD], [ADD], "6") as local:
        begun = await local.start()
        entry_id = id_of(begun.outputs[0]) if from_entry else None
        result = await local.client.run(
            conversation_id=begun.conversation_id,
            from_entry_id=entry_id,
            tools=[add],
            store=False,
        )
        assert result.text == "6"
        kinds = [each["type"] for each in local.last["inputs"]]
        assert kinds == ["function.result", "function.call", "function.result"]
        assert len(local.server.conversations) == 1


async def test_new_inputs_and_nothing_open_are_one_request() -> None:
    async with scripted("Hello", "Fine") as local:
        begun = await local.start()
        await local.client.run("Go", conversation_id=begun.conversation_id)
        assert local.paths == ["POST", "POST ID"]


@for_each("inputs", [None, "And then?"])
async def test_a_restart_answers_the_open_calls_that_it_copies(inputs: Any) -> None:
    async with scripted([ADD], "3") as local:
        begun = await local.start()
        entry_id = begun.function_calls[0].id
        result = await local.client.run(
            inputs,
            conversation_id=begun.conversation_id,
            from_entry_id=entry_id,
            tools=[add],
        )
        assert result.text == "3"
        assert result.conversation_id != begun.conversation_id
        assert local.paths[-1] == "POST ID restart"
        assert results(local.last) == ["3"]
        assert len(local.last["inputs"]) == (1 if inputs is None else 2)
        assert local.last["from_entry_id"] == entry_id
        assert await local.history(begun.conversation_id) == [
            "message.input",
            "function.call",
        ]


async def test_a_restart_without_open_calls_asks_for_another_answer() -> None:
    async with scripted("Hello", "Hello again") as local:
        begun = await local.start()
        history = await local.client.get_history(begun.conversation_id)
        result = await local.client.run(
            conversation_id=begun.conversation_id,
            from_entry_id=id_of(history.entries[0]),
        )
        assert result.text == "Hello again"
        assert "inputs" not in local.last


async def test_a_restart_cannot_copy_a_pending_call() -> None:
    async with scripted([ADD.pending()]) as local:
        begun = await local.start()
        with pytest.raises(RunError, match="earlier from_entry_id"):
            await local.client.run(
                conversation_id=begun.conversation_id,
                from_entry_id=begun.function_calls[0].id,
                tools=[add],
            )
        assert len(local.posts) == 1


@for_each("inputs", [None, "Go"])
async def test_an_unknown_conversation_or_entry_is_not_found(inputs: Any) -> None:
    async with scripted("Hello") as local:
        with pytest.raises(NotFoundError):
            await local.client.run(inputs, conversation_id="conv_unknown")
        begun = await local.start()
        with pytest.raises(NotFoundError, match="Entry msg_unknown not found"):
            await local.client.run(
                inputs,
                conversation_id=begun.conversation_id,
                from_entry_id="msg_unknown",
            )


async def test_a_busy_conversation_is_waited_for() -> None:
    async with scripted([ADD], "3", "4") as local:
        begun = await local.start()
        id = begun.conversation_id
        message = "Conversation is being updated, try again"
        busy = Trouble(status=409, body={"object": "Error", "message": message})
        local.server.inflict(busy, when=lambda request: request.method == "POST")
        with pytest.raises(ConversationBusyError):
            await local.client.run(conversation_id=id, tools=[add])
        local.server.inflict(busy, when=lambda request: request.method == "POST")
        result = await local.client.run(conversation_id=id, tools=[add], wait_if_busy=5)
        assert result.text == "3"
        assert results(local.last) == ["3"]


async def test_another_bad_request_is_raised_as_it_is() -> None:
    async with scripted("Hello") as local:
        begun = await local.start()
        with pytest.raises(BadRequestError, match="No tool call"):
            await local.client.append(
                begun.conversation_id,
                tool_confirmations=[{"tool_call_id": "x", "confirmation": "allow"}],
            )
        refusal = Trouble(status=400)
        local.server.inflict(refusal, when=lambda request: request.method == "POST")
        with pytest.raises(BadRequestError):
            await local.client.run("Go", conversation_id=begun.conversation_id)
        missing = {"object": "Error", "message": "Missing", "code": 3001}
        local.server.inflict(Trouble(status=400, body=missing))
        with pytest.raises(BadRequestError, match="Missing"):
            await local.client.run("Go", conversation_id=begun.conversation_id)


async def test_a_pending_call_of_the_history_pauses() -> None:
    async with scripted([ADD.pending()]) as local:
        begun = await local.start()
        with pytest.raises(RunPaused) as caught:
            await local.client.run(conversation_id=begun.conversation_id, tools=[add])
        assert caught.value.conversation_id == begun.conversation_id
        assert len(local.posts) == 1


def a_call(id: str, **others: Any) -> FunctionCallEntry:
    return FunctionCallEntry(tool_call_id=id, name="f", arguments="{}", **others)


def a_result(id: str) -> FunctionResultEntry:
    return FunctionResultEntry(tool_call_id=id, result="3")


def unknown(type: str, raw: Any) -> UnknownEntry:
    return UnknownEntry(type=type, raw=raw)


BROKEN = unknown("function.call", {"tool_call_id": "a"})

OPEN: list[tuple[list[Any], list[int]]] = [
    ([], []),
    ([a_call("a")], [0]),
    ([a_call("a"), a_result("a")], []),
    ([a_call("a"), a_call("b"), a_result("b")], [0]),
    ([a_call("a"), a_result("a"), a_call("a")], [2]),
    ([a_call("a"), a_call("a"), a_result("a")], []),
    ([a_result("a"), a_call("a")], [1]),
    ([a_call("a", confirmation_status="pending")], [0]),
    ([a_call("a", confirmation_status="allowed")], []),
    ([a_call("a", confirmation_status="denied")], []),
    ([a_call("a", confirmation_status="pending"), a_result("a")], []),
    ([BROKEN], [0]),
    ([BROKEN, a_result("a")], []),
    ([a_call("a"), unknown("function.result", {"tool_call_id": "a"})], []),
    ([unknown("function.call", "odd"), unknown("function.result", [])], []),
    ([unknown("other", {"tool_call_id": "a"}), a_call("a")], [1]),
]


@for_each("entries,expected", OPEN)
def test_open_calls_of_a_history(entries: list[Any], expected: list[int]) -> None:
    assert unanswered(entries) == tuple(entries[place] for place in expected)


ASKED = MessageInputEntry(role="user", content="Hi")
SAID = MessageOutputEntry(content="Hello")


@for_each(
    "entries,outputs,is_complete",
    [
        ([], None, None),
        ([ASKED], None, None),
        ([SAID, ASKED], None, None),
        ([a_result("a")], None, None),
        ([ASKED, SAID], [SAID], True),
        ([ASKED, a_call("a"), SAID], [a_call("a"), SAID], True),
        ([ASKED, a_call("a")], [a_call("a")], False),
        ([ASKED, unknown("new", {})], [unknown("new", {})], True),
        ([ASKED, SAID, unknown("message.input", {})], None, None),
    ],
)
def test_the_answer_with_which_a_history_ends(
    entries: list[Any], outputs: list[Any] | None, is_complete: bool | None
) -> None:
    found = last_answer("conv_1", entries)
    if outputs is None:
        assert found is None
    else:
        assert found is not None
        assert found.response.outputs == tuple(outputs)
        assert found.is_complete is is_complete
