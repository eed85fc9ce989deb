"""The answer of a lost request, in any history of several writers.

What the history is made of is known here, so each finding is judged by the truth.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_conversations._wire.converter import from_dict
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.lost_answer import Finding, find_answer
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations.models.entries import InputEntries, MessageOutputEntry
from tests.support.comparison import thorough

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
INPUTS_AT, OUTPUTS_AT = 10, (30, 50)
"""Milliseconds after the beginning of a turn, give or take `JITTER`."""

TURN, JITTER = 100, 3

Json = dict[str, Any]


def time(turn: int, milliseconds: int = 0) -> datetime:
    return NOON + timedelta(milliseconds=TURN * turn + milliseconds)


@attrs.frozen
class Entry:
    """An entry as it stands in the history, and when it was created."""

    json: Json
    created_at: datetime

    @property
    def is_input(self) -> bool:
        return bool(self.json["type"] == "message.input")

    @property
    def is_timed(self) -> bool:
        return "created_at" in self.json


@attrs.frozen
class Request:
    """A request of one of the writers."""

    asked: Sequence[str]
    answer: Sequence[str]
    hidden: int
    """A bit for each entry that the history shows without a time."""

    seed: int

    def entries(self, turn: int) -> list[Entry]:
        """Return the entries, whose times may be in any order."""
        random = Random(self.seed)
        found: list[Entry] = []
        late = [INPUTS_AT] * len(self.asked)
        for due, body in zip((*late, *OUTPUTS_AT), self._bodies(), strict=False):
            created_at = time(turn, due + random.randint(-JITTER, JITTER))
            if not self.hidden >> len(found) & 1:
                body["created_at"] = created_at.isoformat()
            found.append(Entry({**body, "id": f"{turn}.{len(found)}"}, created_at))
        return found

    def _bodies(self) -> list[Json]:
        said = [{"type": "message.input", **message(text)} for text in self.asked]
        return said + [output(kind) for kind in self.answer]


def message(text: str) -> Json:
    return {"role": "user", "content": text}


def output(kind: str) -> Json:
    if kind == "tool":
        return {"type": "tool.execution", "name": "web_search"}
    if kind == "handoff":
        sides = ("previous_agent_id", "previous_agent_name")
        names = [*sides, "next_agent_id", "next_agent_name"]
        return {"type": "agent.handoff", **dict.fromkeys(names, "agent")}
    return {"type": "message.output", "content": kind}


@attrs.frozen
class Case:
    """A history, and what is known of a lost request."""

    requests: Sequence[Request]
    lost_turn: int
    lost_has_inputs: bool
    stored_outputs: int | None
    """How many of the lost answer are stored; None if the request never arrived."""

    streamed_outputs: int
    cut: int
    is_streamed_by_id: bool
    bound: tuple[int, int] | None
    """The turn and the milliseconds of `earliest`."""

    @property
    def turn(self) -> int:
        return self.lost_turn % len(self.requests)

    @property
    def lost(self) -> Request:
        request = self.requests[self.turn]
        return request if self.lost_has_inputs else attrs.evolve(request, asked=[])

    @property
    def all_of_lost(self) -> list[Entry]:
        return self.lost.entries(self.turn)

    @property
    def stored_of_lost(self) -> list[Entry]:
        if self.stored_outputs is None:
            return []
        return self.all_of_lost[: len(self.lost.asked) + self.stored_outputs]

    @property
    def stored_outputs_of_lost(self) -> list[Entry]:
        return [entry for entry in self.stored_of_lost if not entry.is_input]

    def turns(self) -> list[list[Entry]]:
        turns = [request.entries(at) for at, request in enumerate(self.requests)]
        turns[self.turn] = self.stored_of_lost
        return turns

    @property
    def is_over(self) -> bool:
        return self.turn < len(self.requests) - 1

    @property
    def earliest(self) -> datetime | None:
        if self.bound is None:
            return None
        turn, milliseconds = self.bound
        return min(time(turn, milliseconds), time(self.turn))

    @property
    def streamed(self) -> list[Json]:
        outputs = [entry.json for entry in self.all_of_lost if not entry.is_input]
        streamed = [dict(output) for output in outputs[: self.streamed_outputs]]
        if streamed and "content" in streamed[-1]:
            streamed[-1]["content"] = streamed[-1]["content"][: self.cut]
        if not self.is_streamed_by_id:
            streamed = [{**output, "id": f"other{output['id']}"} for output in streamed]
        return streamed

    def find(self) -> Finding:
        asked = [message(text) for text in self.lost.asked]
        body = {"inputs": asked} if asked else {}
        history = [entry for turn in self.turns() for entry in turn]
        return find_answer(
            built([entry.json for entry in history]),
            LostRequest.of(encode_json(body)),
            built(self.streamed),
            self.earliest,
        )


def built(entries: Sequence[Json]) -> list[Any]:
    return [from_dict(InputEntries, entry) for entry in entries]


Requests = st.builds(
    Request,
    asked=st.lists(st.sampled_from("ab"), min_size=1, max_size=2),
    answer=st.sampled_from(
        [[], ["x"], ["xy"], ["z"], ["tool"], ["tool", "x"], ["handoff", "xy"]]
    ),
    hidden=st.sampled_from([0, 0, 0, 0, 0, 1, 2, 3, 4, 15]),
    seed=st.integers(0, 99),
)
Cases = st.builds(
    Case,
    requests=st.lists(Requests, min_size=1, max_size=5),
    lost_turn=st.integers(0, 4),
    lost_has_inputs=st.sampled_from([True, True, True, False]),
    stored_outputs=st.sampled_from([2, 2, 2, 1, 0, None, None]),
    streamed_outputs=st.sampled_from([0, 0, 1, 2]),
    cut=st.integers(0, 2),
    is_streamed_by_id=st.sampled_from([True, True, False]),
    bound=st.none() | st.tuples(st.integers(0, 4), st.sampled_from([0, 20, 40])),
)


@attrs.frozen
class Truth:
    """What a case is, judged by what no client knows."""

    case: Case
    history: list[Entry] = attrs.field(
        default=attrs.Factory(
            lambda self: [entry for turn in self.case.turns() for entry in turn],
            takes_self=True,
        )
    )

    def is_new(self, entry: Entry) -> bool:
        earliest = self.case.earliest
        return earliest is None or entry.created_at > earliest

    def repeats_lost(self, first: int) -> bool:
        """Return whether new entries have the texts of the lost ones."""
        asked = self.case.lost.asked
        block = self.history[first : first + len(asked)]
        texts = [entry.json.get("content") for entry in block if entry.is_input]
        return texts == list(asked) != [] and all(map(self.is_new, block))

    def is_like_lost(self, first: int) -> bool:
        """Return whether entries could be the lost ones, by all that is known."""
        before = self.history[first - 1 : first] if first else []
        is_taken = any(entry.is_input and self.is_new(entry) for entry in before)
        return self.repeats_lost(first) and not is_taken

    @property
    def like_lost(self) -> list[int]:
        return [at for at in range(len(self.history)) if self.is_like_lost(at)]

    def owner(self, outputs: Sequence[Any]) -> int:
        """Return the turn that all outputs are of, which has no others."""
        turn = int(outputs[0].id.partition(".")[0])
        entries = self.case.turns()[turn]
        ids = [entry.json["id"] for entry in entries if not entry.is_input]
        assert [output.id for output in outputs] == ids
        return turn

    def is_mistakable(self, outputs: Sequence[Any]) -> bool:
        """Return whether another answer is the lost one by all that is known."""
        ids = [entry.json["id"] for entry in self.history]
        first = ids.index(outputs[0].id) - len(self.case.lost.asked)
        found = "".join(getattr(output, "content", "") for output in outputs)
        streamed = "".join(each.get("content", "") for each in self.case.streamed)
        return (
            not self.case.stored_of_lost
            and self.is_like_lost(first)
            and found.startswith(streamed)
        )

    @property
    def must_be_found(self) -> bool:
        """Return whether what is known identifies the lost request."""
        case = self.case
        if not case.stored_of_lost:
            return False
        if case.is_streamed_by_id and case.streamed and case.stored_outputs_of_lost:
            return True
        if case.earliest is None or not all(entry.is_timed for entry in self.history):
            return False
        if case.lost.asked:
            repeats = map(self.repeats_lost, range(len(self.history)))
            return sum(repeats) == 1 and self.is_like_lost(self.first_of_lost)
        before = [entry for turn in case.turns()[: case.turn] for entry in turn]
        return not any(map(self.is_new, before)) and self.is_complete(before)

    @property
    def first_of_lost(self) -> int:
        return sum(map(len, self.case.turns()[: self.case.turn]))

    @staticmethod
    def is_complete(entries: Sequence[Entry]) -> bool:
        """Return whether entries end with a message of the model, if there are any."""
        return not entries or entries[-1].json["type"] == "message.output"


def check_ownership(case: Case, truth: Truth, found: Finding) -> None:
    """Check that no answer of another request is named."""
    if found.outputs:
        is_own = truth.owner(found.outputs) == case.turn
        assert is_own or truth.is_mistakable(found.outputs)
        assert found.has_arrived
    elif found.has_arrived:
        assert case.stored_of_lost or truth.like_lost
    if found.state == "answered" and case.stored_of_lost and not case.is_over:
        assert len(case.streamed) <= len(found.outputs)
        assert isinstance(found.outputs[-1], MessageOutputEntry)


def check_absence(case: Case, truth: Truth, found: Finding) -> None:
    """Check that nothing is found if, and only if, nothing newer is there."""
    is_something_new = any(map(truth.is_new, truth.history))
    if found.state == "nothing":
        assert not case.stored_of_lost
        assert not case.streamed
        assert not is_something_new
    elif not is_something_new and not case.streamed:
        assert not all(entry.is_timed for entry in truth.history)


def check_identified(case: Case, truth: Truth, found: Finding) -> None:
    """Check that an answer is found if the request is identified."""
    if not truth.must_be_found:
        return
    stored = case.stored_outputs_of_lost
    lacks = len(case.streamed) > len(stored) or not stored
    assert found.has_arrived
    if case.is_over and lacks:
        assert found.state == "unclear"
        return
    assert found.outputs == tuple(built([entry.json for entry in stored]))
    is_answered = case.is_over or (truth.is_complete(stored) and not lacks)
    assert found.state == ("answered" if is_answered else "unfinished")


def judge(case: Case) -> None:
    truth, found = Truth(case), case.find()
    check_ownership(case, truth, found)
    check_absence(case, truth, found)
    check_identified(case, truth, found)


@settings(thorough, max_examples=80)
@given(Cases)
def test_in_any_history_the_finding_agrees_with_the_truth(case: Case) -> None:
    judge(case)


@pytest.mark.slow
@settings(thorough, max_examples=2_000)
@given(Cases)
def test_in_many_histories_the_finding_agrees_with_the_truth(case: Case) -> None:
    judge(case)


KEYS = "type role content id created_at tool_call_id result name arguments url text"
Keys = st.sampled_from([*KEYS.split(), "confirmation_status", "thinking", "image_url"])
TEXTS = "q user call allowed pending {} text data:a,b \ud83d 2026-07-01T12:00:01Z"
Scalars = st.sampled_from(
    [None, True, 5, 1.5, "", *TEXTS.split(), "0001-01-01T00:00:00+14:00"]
)
Values = st.recursive(
    Scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(Keys, inner, max_size=3)
    ),
    max_leaves=4,
)
TYPES = "message.input message.output function.call function.result tool.execution new"
OddEntries = st.lists(
    Values
    | st.builds(
        lambda tag, fields: {"type": tag, **fields},
        st.sampled_from([*TYPES.split(), "agent.handoff", "new.input", None, 5]),
        st.dictionaries(Keys, Values, max_size=4),
    ),
    max_size=4,
)


@attrs.frozen
class OddCase:
    """What no service should send, and no client should have sent."""

    before: list[Any]
    inputs: list[Any]
    streamed: list[Any]
    copied: list[Any] | None
    confirmations: list[Any]
    earliest: datetime | None

    def finding(self, history: list[Any]) -> Finding:
        body = {"inputs": self.inputs, "tool_confirmations": self.confirmations}
        return find_answer(
            built(history),
            LostRequest.of(encode_json(body)),
            built(self.streamed),
            self.earliest,
            None if self.copied is None else built(self.copied),
        )


OddCases = st.builds(
    OddCase,
    before=OddEntries,
    inputs=OddEntries,
    streamed=OddEntries,
    copied=st.none() | OddEntries,
    confirmations=st.sampled_from(
        [[], [{"tool_call_id": "call", "confirmation": "deny"}]]
    ),
    earliest=st.sampled_from([None, NOON, NOON.replace(tzinfo=None, year=1)]),
)


@settings(thorough, max_examples=50)
@given(OddCases)
def test_no_history_and_no_request_is_too_odd(case: OddCase) -> None:
    history = [*case.before, *case.inputs]
    for entries in (case.before, history, [*history, *case.streamed]):
        found = case.finding(entries)
        assert not found.outputs or found.state in {"answered", "unfinished"}
        assert found.state != "nothing" or not case.streamed
        assert set(map(id, found.outputs)) <= set(map(id, found.entries))
