"""The order, the filters and the bounds of what the server stores, and their costs."""

import random
from collections.abc import Callable
from functools import partial
from timeit import repeat
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from mistral_conversations.server.agents.store import AgentStore
from mistral_conversations.server.conversations.conversation import Conversation
from mistral_conversations.server.conversations.store import ConversationStore
from mistral_conversations.server.libraries.store import Library, LibraryStore
from mistral_conversations.server.web.failures import RefusalError
from mistral_conversations.server.web.uploads import Upload
from tests.support.for_each import for_each
from tests.support.local.http_caller import Caller, Serve

MORE = 30
"""How many times the time with a hundred items is no sign of reading them all."""


def _made(second: int, **metadata: Any) -> Conversation:
    time = f"2026-01-01T00:00:00.{second:06}Z"
    return Conversation({"metadata": metadata or None}, created_at=time)


def _store(count: int) -> ConversationStore:
    store = ConversationStore()
    for number in range(count):
        store.add(_made(number, parity=number % 2, number=number, all=True))
    return store


def _seconds(call: Callable[[], object]) -> float:
    return min(repeat(call, number=20, repeat=7))


@pytest.fixture(scope="module")
def few() -> ConversationStore:
    return _store(100)


@pytest.fixture(scope="module")
def many() -> ConversationStore:
    return _store(20_000)


@pytest.mark.parametrize(
    "metadata",
    [{}, {"parity": 1}, {"number": 77}, {"all": True, "number": 5}, {"none": 1}],
    ids=str,
)
def test_page_costs_no_more_with_many_conversations(
    few: ConversationStore, many: ConversationStore, metadata: dict[str, Any]
) -> None:
    in_few = _seconds(lambda: few.page(0, 10, metadata))
    assert _seconds(lambda: many.page(0, 10, metadata)) < MORE * in_few


def test_change_costs_no_more_with_many_conversations(
    few: ConversationStore, many: ConversationStore
) -> None:
    def change(store: ConversationStore) -> None:
        conversation = _made(999_999, parity=1)
        store.add(conversation)
        store.remove(conversation.id)

    assert _seconds(lambda: change(many)) < MORE * _seconds(lambda: change(few))


def test_agents_cost_no_more_when_there_are_many() -> None:
    def use(store: AgentStore) -> None:
        next(store.newest_first())
        assert store.at("ag_unknown", None) is None

    seconds = []
    for count in (100, 20_000):
        store = AgentStore()
        for _ in range(count):
            store.create({"model": "m", "name": "n"})
        seconds.append(_seconds(partial(use, store)))
    assert seconds[1] < MORE * seconds[0]


def test_library_costs_no_more_with_many_documents() -> None:
    again = Upload("b.txt", b"7")

    def use(store: LibraryStore, library: Library) -> None:
        library.body()
        assert not store.upload(library.id, again)[1]

    seconds = []
    for count in (10, 5_000):
        store = LibraryStore()
        library = store.create({"name": "n"})
        for number in range(count):
            store.upload(library.id, Upload("a.txt", b"%d" % number))
        assert library.body()["nb_documents"] == count
        assert library.body()["total_size"] == sum(len(str(n)) for n in range(count))
        seconds.append(_seconds(partial(use, store, library)))
    assert seconds[1] < MORE * seconds[0]


def test_conversations_stand_by_their_age_in_whatever_order_they_come() -> None:
    store = ConversationStore()
    conversations = [_made(number % 40, number=number % 3) for number in range(60)]
    random.Random(5).shuffle(conversations)
    for conversation in conversations:
        store.add(conversation)
    for conversation in conversations[:20]:
        store.remove(conversation.id)
    left = sorted(conversations[20:], key=lambda c: c.created_at)
    assert [r.id for r in store.records()] == [c.id for c in left]
    assert [c.id for c in store.page(0, 99, {})] == [c.id for c in left[::-1]]
    found = [c for c in left[::-1] if c.settings["metadata"] == {"number": 1}]
    assert [c.id for c in store.page(1, 3, {"number": 1})] == [c.id for c in found[3:6]]
    for conversation in left:
        store.remove(conversation.id)
    assert store.page(0, 9, {}) == []
    assert list(store.page(0, 9, {"number": 1})) == []
    assert store._by_age._by_pair == {}


@pytest.mark.parametrize(
    ("value", "same", "other"),
    [
        *[(1, 1.0, 2), ("a", "a", "A"), (None, None, 0), ([1, {"b": 2}], None, [1])],
        *[({"b": [1]}, None, {"b": []}), (2**70, 2**70, 2**70 + 1)],
    ],
    ids=repr,
)
def test_filter_finds_any_json_value(value: Any, same: Any, other: Any) -> None:
    store = ConversationStore()
    found, _ = [_made(1, key=value), _made(2, another=value)]
    for conversation in (found, _):
        store.add(conversation)
    asked = value if same is None else same
    assert [c.id for c in store.page(0, 9, {"key": asked})] == [found.id]
    assert not store.page(0, 9, {"key": other})
    assert not store.page(0, 9, {"key": asked, "another": value})


def test_only_the_newest_conversations_are_kept(serve: Serve) -> None:
    caller = serve(keep=3)
    ids = [caller.start(metadata={"a": 1}).json["conversation_id"] for _ in range(5)]
    listed = caller.get("/v1/conversations").json
    assert [conversation["id"] for conversation in listed] == ids[:1:-1]
    filtered = caller.get('/v1/conversations?metadata={"a":1}').json
    assert filtered == listed
    for forgotten in ids[:2]:
        path = f"/v1/conversations/{forgotten}"
        paths = [path, f"{path}/history", f"{path}/messages"]
        assert [caller.get(each).status for each in paths] == [404, 404, 404]
        assert caller.send("DELETE", path).status == 404
        assert caller.append(forgotten).status == 404
        assert caller.restart(forgotten, from_entry_id="x").status == 404


def test_restart_outlives_the_conversation_that_it_came_from(serve: Serve) -> None:
    caller = serve(keep=1)
    first = caller.start(inputs="one").json["conversation_id"]
    entry_id = caller.history(first)[-1]["id"]
    second = caller.restart(first, from_entry_id=entry_id, inputs="two").json
    assert caller.get(f"/v1/conversations/{first}").status == 404
    texts = [entry["content"] for entry in caller.history(second["conversation_id"])]
    assert texts == ["one", "one", "two", "two"]


def test_appends_and_unstored_answers_push_nothing_out(serve: Serve) -> None:
    caller = serve(keep=2)
    ids = [caller.start().json["conversation_id"] for _ in range(2)]
    for _ in range(3):
        assert caller.append(ids[0]).status == 200
        assert caller.start(store=False).status == 200
    assert [caller.get(f"/v1/conversations/{each}").status for each in ids] == [200] * 2


def test_memory_is_bounded_over_many_starts() -> None:
    with LocalServer(keep=5) as server:
        caller = Caller(server.base_url)
        for _ in range(50):
            caller.start(inputs="x" * 10_000)
        assert len(server.conversations) == 5


@for_each(
    ("keep", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (1.5, TypeError),
        ("1", TypeError),
        (True, TypeError),
    ],
)
def test_what_is_no_number_to_keep_is_rejected(
    keep: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="keep"):
        LocalServer(keep=keep)


def test_forgotten_conversation_is_not_found() -> None:
    store = ConversationStore(1)
    first, second = _made(1), _made(2)
    store.add(first)
    store.add(second)
    with pytest.raises(RefusalError):
        store.find(first.id)
    assert (store.find(second.id), store.count) == (second, 1)
