"""Deltas amount to the entries, entries to the history, counts to the usage."""

from collections import Counter
from typing import Any

from mistral_conversations.server import say
from tests.support import bodies
from tests.support.local.entries import entries_of
from tests.support.local.http_caller import Caller, Reply, Serve
from tests.support.local.recording_caller import all_misfits, id_in, record
from tests.support.local.turns import (
    TURNS,
    WHO,
    each_kind,
    each_turn,
    use_every_operation,
)

Played = tuple[list[dict[str, Any]], dict[str, Any]]


def played(caller: Caller, reply: Reply) -> Played:
    """Return entries and usage of an answer; they must equal the history's."""
    if reply.headers["content-type"] == "text/event-stream; charset=utf-8":
        outputs, end = entries_of(reply.events), reply.events[-1]
        open_ended = {"completed_at"}
    else:
        outputs, end, open_ended = reply.json["outputs"], reply.json, set()
    ids = {entry["id"] for entry in outputs}
    kept = [entry for entry in caller.history(id_in(reply)) if entry["id"] in ids]
    assert [bodies.without(entry, *open_ended) for entry in kept] == outputs
    adds_up(end["usage"], kept)
    return kept, end["usage"]


def adds_up(usage: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    runs = Counter(e["name"] for e in entries if e["type"] == "tool.execution")
    assert usage.get("connectors", {}) == runs
    assert ("connector_tokens" in usage) == ("connectors" in usage) == bool(runs)
    counted = ("prompt_tokens", "completion_tokens", "connector_tokens")
    assert usage["total_tokens"] == sum(usage.get(key, 0) for key in counted)


def timeless(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    own = {"id", "tool_call_id", "created_at"}
    return [
        bodies.without({**entry, "completed_at": entry["completed_at"] is None}, *own)
        for entry in entries
    ]


@each_kind
@each_turn
def test_deltas_amount_to_the_plain_answer(serve: Serve, turn: str, who: str) -> None:
    caller = record(serve, [TURNS[turn]] * 8)
    plain, streamed = (
        [played(caller, reply) for reply in use_every_operation(caller, who, stream)]
        for stream in (False, True)
    )
    for (entries, usage), (same_entries, same_usage) in zip(
        plain, streamed, strict=True
    ):
        assert timeless(entries) == timeless(same_entries)
        assert usage == same_usage
    ids = [e[key] for entries, _ in plain + streamed for e in entries
           for key in ("id", "tool_call_id") if key in e]  # fmt: skip
    assert len(set(ids)) == len(ids)


@each_kind
@each_turn
def test_answers_that_are_not_stored_fit(serve: Serve, turn: str, who: str) -> None:
    caller = record(serve, [say("Kept."), *[TURNS[turn]] * 6])
    path_id = id_in(caller.start(**WHO[who]))
    before = caller.history(path_id)
    plain, streamed = (
        [
            caller.start(**WHO[who], store=False, stream=stream),
            caller.append(path_id, inputs="More", store=False, stream=stream),
            caller.restart(
                path_id, from_entry_id=before[0]["id"], store=False, stream=stream
            ),
        ]
        for stream in (False, True)
    )
    for one, other in zip(plain, streamed, strict=True):
        outputs = [{**e, "completed_at": None} for e in one.json["outputs"]]
        added = [{**e, "completed_at": None} for e in entries_of(other.events)]
        assert timeless(outputs) == timeless(added)
        adds_up(other.events[-1]["usage"], outputs)
        assert one.json["usage"] == other.events[-1]["usage"]
        gone = (id_in(reply) for reply in (one, other) if id_in(reply) != path_id)
        assert all(caller.get(f"/v1/conversations/{g}").status == 404 for g in gone)
    assert caller.history(path_id) == before
    assert all_misfits(caller) == []
