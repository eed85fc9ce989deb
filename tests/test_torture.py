"""The torture run: a tiny one passes, and each of its checks can fail."""

import asyncio
import gc
import logging
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from blockbuster import BlockBuster

from tests.benchmarks.environment import ROOT
from tests.support.for_each import for_each
from tests.support.raw_server import chunked, http
from tests.torture.checks import CHECKS, verdicts_of
from tests.torture.dice import Dice
from tests.torture.endings import ends_in_time, has_ended
from tests.torture.evidence import Evidence, Processed, Stored
from tests.torture.leftovers import leftovers
from tests.torture.log import Log
from tests.torture.model import Asked, key_of, text_of
from tests.torture.outcomes import Outcome
from tests.torture.passage import Note
from tests.torture.plans import Plan
from tests.torture.report import report
from tests.torture.resources import Holdings
from tests.torture.run import Figures, Options, torture
from tests.torture.troubles import drawn
from tests.torture.verdicts import judged
from tests.torture.wire import Body, Side

SEED = 51
"""One whose few calls wait for little."""


def test_tiny_run_passes(tmp_path: Path, nothing_blocks: BlockBuster) -> None:
    nothing_blocks.deactivate()  # what is written down is written at once
    options = Options(
        seconds=30, seed=SEED, callers=4, calls=2, folder=tmp_path, in_thread=True
    )
    figures = torture(options)
    evidence = Evidence.read(tmp_path)
    verdicts = verdicts_of(evidence, figures)
    shown = report(evidence, figures, verdicts, SEED)
    assert not any(verdict.violations for verdict in verdicts), shown
    assert len(evidence.outcomes) >= 16
    assert {"answered", "failed"} <= {each.ended for each in evidence.outcomes}
    assert evidence.processed


# What follows is what a run may have written down; each check must object to some.

ENTRY = {"type": "message.input", "role": "user", "content": "1.0 say 2"}
REPLY = {"type": "message.output", "id": "msg_1", "content": "1.0.0 1.0.1é"}
CALL = {"type": "function.call", "id": "fc_1", "tool_call_id": "a", "arguments": "{}"}
RESULT = {"type": "function.result", "tool_call_id": "a", "result": "done"}
OF_RUN = {"type": "message.output", "id": "msg_2", "content": "1.0+1.0"}


def outcome(**changes: Any) -> Outcome:
    """Return the outcome of a call that was answered."""
    plan = attrs.evolve(
        Plan.drawn(1, 1, 0),
        kind="append",
        asked=Asked("1.0", "say", (2,)),
        leaving="stay",
        retries="usual",
        recovery="off",
        stores=True,
    )
    answered = {
        "ended": "answered",
        "conversation_id": "conv_1",
        "entries": [REPLY],
        "text": text_of(plan.asked),
    }
    ended = Outcome.of(plan, 1)
    for name, value in (answered | changes).items():
        setattr(ended, name, value)
    return ended


def run_outcome(**changes: Any) -> Outcome:
    """Return the outcome of a run that was answered."""
    entries = [CALL, RESULT, OF_RUN]
    ended = {"kind": "run", "asked": "1.0 call 1 1 1", "text": "1.0+1.0"}
    return outcome(**{**ended, "entries": entries, **changes})


def failed(error: str, **changes: Any) -> Outcome:
    """Return the outcome of a call that failed after a request."""
    nothing = {"text": None, "entries": None, "attempts": 1}
    return outcome(**{"ended": "failed", "error": error, **nothing, **changes})


def note(**changes: Any) -> Note:
    """Return what became of a request that passed."""
    passed = Note("1.0~1", 1, "POST", "/v1/conversations/conv_1", "calm")
    whole = {"forwarded": "whole", "answered": "whole"}
    return attrs.evolve(passed, **{**whole, **changes})


def evidence(*outcomes: Outcome, **changes: Any) -> Evidence:
    """Return the evidence of calls, by default of one that was answered."""
    entries = changes.pop("entries", [ENTRY, REPLY])
    usual: dict[str, Any] = {
        "outcomes": outcomes or [outcome()],
        "passages": {"1.0~1": [note()]},
        "processed": [Processed("1.0~1", "1.0", "conv_1")],
        "stored": Stored({"conv_1": entries}, {"file_1": "abc"}),
    }
    return Evidence(**{**usual, **changes})


STORED_RUN = [ENTRY, CALL, RESULT, OF_RUN]
UPLOAD = {"kind": "upload_file", "file_id": "file_1", "sha256": "abc", "text": None}
TWICE = [Processed("1.0~1", "1.0"), Processed("1.0~1", "1.0")]
AGAIN = [Processed("1.0~1", "1.0"), Processed("1.0~2", "1.0")]
READ = {"1.0~1": [note(method="GET", path="/v1/conversations/conv_1/history")] * 2}
READ_ONCE = {"1.0~1": READ["1.0~1"][:1]}
RESULTS = Processed("1.0~1", "a", "conv_1")
UNCERTAIN = "RecoveryUncertainError: the history cannot tell"
UNNAMED: dict[str, Any] = {"conversation_id": None}
LOST = failed("APIConnectionError: lost", told=True)
REFUSED = failed("RateLimitError: HTTP 429")

RIGHT = {
    "an answer": evidence(),
    "a run": evidence(run_outcome(), entries=STORED_RUN),
    "an upload": evidence(outcome(**UPLOAD)),
    "an answer that is not stored": evidence(outcome(stores=False), entries=[]),
    "an answer of a conversation deleted since": evidence(
        passages={"1.0~2": [note(call="1.0~2", method="DELETE")]}, entries=[]
    ),
    "a failure after trouble": evidence(
        LOST, passages={"1.0~1": [note(answered="part")]}
    ),
    "a busy conversation": evidence(
        failed("ConversationBusyError: busy"), processed=[]
    ),
    "a request that reached no proxy": evidence(
        failed("APIConnectionError: refused"), processed=[], passages={}
    ),
    "twice, as the caller was told": evidence(
        LOST,
        outcome(call="1.0~2"),
        processed=AGAIN,
        passages={"1.0~1": [note(answered="part")]},
    ),
    "twice, as the caller allows": evidence(outcome(resends=True), processed=TWICE),
    "an answer that was recovered": evidence(outcome(recovers=True, recovered=True)),
    "an answer that was lost, as nobody recovers it": evidence(LOST, passages={}),
    "an answer that was lost without its name": evidence(
        failed(UNCERTAIN, kind="start_stream", recovers=True, told=True, **UNNAMED),
        passages={},
    ),
    "an answer that could not be read": evidence(
        failed(UNCERTAIN, recovers=True, told=True, cause="APITimeoutError"),
        passages=READ_ONCE,
    ),
    "an answer that was not stored": evidence(
        failed(UNCERTAIN, recovers=True, told=True), passages={}, entries=[ENTRY]
    ),
    "a run whose second request never arrived": evidence(
        failed("NeverArrivedError: x", kind="run", recovers=True, turns=1),
        passages={},
        entries=[ENTRY, CALL],
    ),
    "the beginning of an answer": evidence(outcome(ended="left", text="1.0.0 1.")),
}

WRONG = {
    "calls end properly, and leave their task as it was": evidence(
        failed("ClientError: x", problems=["Traceback ..."], told=True), passages={}
    ),
    "calls without trouble are answered": evidence(LOST),
    "answers equal what the server stored": evidence(outcome(text="1.0.0")),
    "answers equal what the server stored (entries)": evidence(
        entries=[ENTRY, {**REPLY, "id": "msg_2"}]
    ),
    "answers equal what the server stored (order)": evidence(
        run_outcome(entries=[RESULT, CALL, OF_RUN]), entries=STORED_RUN
    ),
    "answers equal what the server stored (text of a run)": evidence(
        run_outcome(text="1.0+1"), entries=STORED_RUN
    ),
    "answers equal what the server stored (missing)": evidence(entries=[]),
    "answers equal what the server stored (file)": evidence(
        outcome(**{**UPLOAD, "sha256": "abd"})
    ),
    "parts of answers are their beginnings": evidence(
        outcome(ended="left", text="1.0.1")
    ),
    "no POST is processed twice silently": evidence(processed=TWICE),
    "no POST is processed twice silently (though it was told after)": evidence(
        LOST, processed=TWICE, passages={}
    ),
    "no POST is processed twice silently (by two calls)": evidence(
        attrs.evolve(REFUSED, turns=1),
        outcome(call="1.0~2"),
        processed=AGAIN,
        passages={},
    ),
    "errors know what may have been processed": evidence(REFUSED, passages={}),
    "errors know what may have been processed (of a run)": evidence(
        failed("RateLimitError: HTTP 429", kind="run", turns=1),
        processed=[Processed("1.0~1", "1.0"), Processed("1.0~1", "a")],
        passages={},
    ),
    "errors know what may have been processed (an answer)": evidence(processed=[]),
    "stored answers are recovered": evidence(
        failed(UNCERTAIN, recovers=True, told=True, cause="APITimeoutError"),
        passages=READ,
    ),
    "stored answers are recovered (of a stream)": evidence(
        failed(
            "StreamRecoveryUncertainError: x",
            kind="start_stream",
            recovers=True,
            told=True,
            cause="StreamTimeoutError",
        ),
        passages=READ,
    ),
    "stored answers are recovered (of a run)": evidence(
        failed(
            UNCERTAIN,
            kind="run",
            recovers=True,
            told=True,
            turns=1,
            cause="APITimeoutError",
        ),
        processed=[Processed("1.0~1", "1.0", "conv_1"), RESULTS],
        passages=READ,
        entries=STORED_RUN,
    ),
    "function calls have one result": evidence(
        run_outcome(ended="left", text=None), entries=[*STORED_RUN, RESULT]
    ),
    "no request follows another too early": evidence(
        passages={
            "1.0~1": [note(struck="the client sent bytes before it had its answer")]
        }
    ),
}


def violated(found: Evidence) -> dict[str, str]:
    """Return the checks that find violations, each with the first."""
    verdicts = [judged(name, check(found)) for name, check in CHECKS.items()]
    return {each.check: each.violations[0].text for each in verdicts if each.violations}


@for_each("case", RIGHT)
def test_checks_accept(case: str) -> None:
    assert violated(RIGHT[case]) == {}


@for_each("case", WRONG)
def test_check_objects(case: str) -> None:
    assert [*violated(WRONG[case])] == [case.partition(" (")[0]]


def test_every_check_can_object() -> None:
    assert {case.partition(" (")[0] for case in WRONG} == {*CHECKS}


def test_calls_that_hang_or_are_lost_violate() -> None:
    def found(*outcomes: Outcome) -> int:
        return len(judged("", has_ended(evidence(*outcomes), 1)).violations)

    assert found(outcome()) == 0
    assert found(outcome(ended="hung", problems=["it waits here"])) == 1
    assert len(judged("", has_ended(Evidence(), 2)).violations) == 2


@for_each(("seconds", "lag", "violations"), [(1, 0, 0), (5, 0, 1), (5, 0.5, 0)])
def test_call_that_ends_late_violates(
    seconds: float, lag: float, violations: int
) -> None:
    late = evidence(outcome(limit=1.0, seconds=seconds))
    assert len(judged("", ends_in_time(late, lag)).violations) == violations


HELD = Holdings(9, 1, 80.0, 300_000, {"aiohttp.client.ClientSession": 0})


def figures(**changes: Any) -> Figures:
    after = {
        name: changes.pop(name)
        for name in [*changes]
        if name in {field.name for field in attrs.fields(Holdings)}
    }
    usual: dict[str, Any] = {"begun": 1, "in_use": 0, "waiting": 0, "lag": 0.0}
    held = {"before": HELD, "after": attrs.evolve(HELD, **after), "samples": []}
    return Figures(**{**usual, **held, **changes})


LEFT: dict[str, tuple[Figures, Evidence]] = {
    "no connections in use": (figures(in_use=1), evidence()),
    "no requests that wait for a connection": (figures(waiting=1), evidence()),
    "no connections that the proxy still has": (
        figures(),
        evidence(open_connections=1),
    ),
    "as many tasks as before": (figures(tasks=2), evidence()),
    "as many descriptors as before": (figures(descriptors=10), evidence()),
    "memory is as before": (figures(mebibytes=120.0), evidence()),
    "memory is as before (blocks)": (figures(blocks=400_000), evidence()),
    "no objects are left": (figures(objects={"asyncio.Task": 11}), evidence()),
    "no files of uploads and downloads": (figures(), evidence(files_left=["1.0.txt"])),
    "no messages in the log of the client": (figures(log=["asyncio: ..."]), evidence()),
    "no messages in the log of the server": (figures(), evidence(log=["x"])),
}


@for_each("case", LEFT)
def test_what_is_left_violates(case: str) -> None:
    verdicts = leftovers(*LEFT[case])
    assert [each.check for each in verdicts if each.violations] == [
        case.partition(" (")[0]
    ]


def test_nothing_left_violates_nothing() -> None:
    verdicts = leftovers(figures(), evidence())
    assert not any(each.violations for each in verdicts)
    assert {each.check for each in verdicts} == {
        case.partition(" (")[0] for case in LEFT
    }


def test_report_tells_the_story_of_a_violation() -> None:
    found = WRONG["no POST is processed twice silently"]
    verdicts = verdicts_of(found, figures())
    shown = report(found, figures(), verdicts, 17)
    assert "VIOLATED (seed 17): no POST is processed twice silently" in shown
    assert "call 1.0~1: Plan(caller=1, number=0, kind='append'" in shown
    assert "request 1: Note(call='1.0~1'" in shown


class Forgotten:
    def __del__(self) -> None:
        raise ZeroDivisionError("nobody sees this")


async def forgotten_task() -> None:
    async def fail() -> None:
        raise ZeroDivisionError("nobody awaits this")

    task = asyncio.create_task(fail())
    await asyncio.wait({task})


def warned() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        socket.socket()  # never closed


def thread_that_fails() -> None:
    def fail() -> None:
        raise ZeroDivisionError("from a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


UNSEEN: dict[str, Callable[[], object]] = {
    "nobody sees this": Forgotten,
    "nobody awaits this": lambda: asyncio.run(forgotten_task()),
    "unclosed <socket": warned,
    "from a thread": thread_that_fails,
    "of a stranger": lambda: logging.getLogger("stranger").warning("of a stranger"),
    "of ours": lambda: logging.getLogger("mistral_conversations.x").error("of ours"),
}


@for_each("text", UNSEEN)
def test_log_sees(text: str) -> None:
    with Log().listening() as log:
        UNSEEN[text]()
        gc.collect()
    (found,) = log.texts
    assert text in found


def test_log_allows_warnings_of_this_package() -> None:
    with Log().listening() as log:
        logging.getLogger("mistral_conversations").warning("read this")
        logging.getLogger("mistral_conversationsx").info("or that")
    assert (log.texts, log.ours) == ([], 1)


def test_dice_follow_from_the_seed_and_the_place() -> None:
    same = [
        [str(drawn(Dice(1, "1.0~1", number))) for number in range(40)] for _ in "ab"
    ]
    assert same[0] == same[1]
    assert len({*same[0]}) > 20
    assert str(drawn(Dice(2, "1.0~1", 0))) != str(drawn(Dice(1, "1.0~2", 0)))
    assert Plan.drawn(1, 2, 3) == Plan.drawn(1, 2, 3) != Plan.drawn(2, 2, 3)


def test_refusals_after_processing_do_not_deny_it() -> None:
    """A 429, or a 503 with Retry-After, says that nothing was processed."""
    for number in range(1_000):
        refusal = drawn(Dice(1, number)).refusal
        if refusal is not None and refusal.at == "between":
            assert refusal.status != 429
            assert refusal.retry_after is None


def test_keys_tell_inputs_apart() -> None:
    assert key_of("1.0 say 2") == "1.0"
    assert key_of([{"tool_call_id": "b"}, {"tool_call_id": "a"}]) == "a+b"
    assert key_of([{"content": "1.0 say 2"}]) == "1.0"


MESSAGES = {
    "length": (http(200, b"hello"), 1),
    "no body": (http(200), 0),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunked(b"hel", b"lo", end=True),
        3,
    ),
}


@pytest.mark.anyio
@for_each("rest", [0, 1, 6, 1_000])
@for_each("kind", MESSAGES)
async def test_messages_pass_as_they_are(kind: str, rest: int) -> None:
    """However many bytes of the next message have come with them."""
    message, pieces = MESSAGES[kind]
    side = side_with(message + b"H" * rest)
    head = await side.head()
    assert head is not None
    body = Body(side, head)
    passed = []
    while piece := await body.piece():
        passed.append(piece)
    assert (head.data + b"".join(passed), len(passed)) == (message, pieces)
    assert body.is_whole
    assert len(await side.read()) == rest


@pytest.mark.anyio
@for_each("kind", ["length", "chunks"])
async def test_message_that_ends_early_is_not_whole(kind: str) -> None:
    message, _ = MESSAGES[kind]
    for missing in range(1, 8 if kind == "chunks" else 5):
        side = side_with(message[:-missing])
        head = await side.head()
        assert head is not None
        body = Body(side, head)
        while await body.piece():
            pass
        assert not body.is_whole


class Nowhere(asyncio.WriteTransport):
    """Where nothing is written to."""

    def is_closing(self) -> bool:
        return True


def side_with(data: bytes) -> Side:
    """Return a side that receives some bytes and then their end."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    protocol = asyncio.StreamReaderProtocol(reader)
    loop = asyncio.get_running_loop()
    return Side(reader, asyncio.StreamWriter(Nowhere(), protocol, reader, loop))


@pytest.mark.processes  # coverage takes memory, which the program measures
@pytest.mark.slow
def test_program_passes_and_keeps_its_records(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    command = [sys.executable, "-m", "tests.torture", "--seconds", "2"]
    options = ["--callers", "20", "--seed", "5", "--folder", str(folder)]
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every call has an outcome" in done.stdout
    assert (folder / "outcomes.jsonl").stat().st_size > 0
