"""The calls: what each kind of plan asks of the client."""

import asyncio
import hashlib
import pickle
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from mistral_conversations import (
    AsyncConversationStream,
    AsyncMistral,
    ConversationResponse,
    MistralConversationsError,
    RunContext,
    RunResult,
    function_tool,
    to_dict,
)

from .model import FUNCTION
from .outcomes import Answer, ProblemError
from .plans import RECOVERY, Plan
from .reading import read

__all__ = ["CALLS", "Known", "Place", "possible"]

_PIECE = 20_000
_LISTED = 60

Executed: TypeAlias = Counter[str]
"""How often a function ran, by the id of the call."""


@attrs.define
class Known:
    """What a caller knows of the service."""

    conversation: str | None = None
    """Its conversation, if it has one."""

    broken: str | None = None
    """The conversation of a run that broke, whose calls may be open."""

    files: deque[tuple[str, str]] = attrs.field(factory=lambda: deque(maxlen=5))
    """The files that it has uploaded: their ids and digests."""


@attrs.frozen
class Place:
    """Where a call is made.

    Args:
        client: the client of all callers.
        known: what the caller knows.
        headers: those that name the call.
        folder: for files.
        library_id: a library of all callers.
        shared: a conversation that several callers write to.
    """

    client: AsyncMistral
    known: Known
    headers: Mapping[str, str]
    folder: Path
    library_id: str
    shared: str

    def options(self, plan: Plan) -> dict[str, Any]:
        """Return the parameters of every call."""
        return {**plan.settings, "headers": self.headers}

    def of_message(self, plan: Plan) -> dict[str, Any]:
        """Return those of a call that sends a message."""
        recovers = plan.recovers and plan.recovery == "on"
        return {**self.options(plan), "recover": RECOVERY if recovers else None}


async def work(marker: str, turn: int, number: int, run: RunContext[Executed]) -> str:
    """Do some work."""
    run.context[run.tool_call_id] += 1
    await asyncio.sleep(0.002 * number)
    return f"{marker} done {turn} {number}"


def work_on_a_thread(
    marker: str, turn: int, number: int, run: RunContext[Executed]
) -> str:
    """Do some work."""
    run.context[run.tool_call_id] += 1
    time.sleep(0.002 * number)
    return f"{marker} done {turn} {number}"


_TOOLS = [function_tool(each, name=FUNCTION) for each in (work, work_on_a_thread)]


def _answer(
    response: ConversationResponse, stream: AsyncConversationStream | None = None
) -> Answer:
    plain = to_dict(response)
    return Answer(
        conversation_id=response.conversation_id,
        entries=plain["outputs"],
        text=response.text,
        recovered=stream.recovered if stream is not None else _is_free(response),
    )


def _is_free(response: ConversationResponse) -> bool:
    """Return whether an answer has no usage, as those from the history have none."""
    return not response.usage.total_tokens


async def _start(plan: Plan, at: Place) -> Answer:
    conversations = at.client.conversations
    response = await conversations.start(
        str(plan.asked), model="any", store=plan.stores, **at.options(plan)
    )
    return _answer(response)


async def _start_stream(plan: Plan, at: Place) -> Answer:
    stream = at.client.conversations.start_stream(
        str(plan.asked), model="any", store=plan.stores, **at.of_message(plan)
    )
    return _answer(await read(plan, stream), stream)


def _to_append(plan: Plan, at: Place) -> tuple[str, dict[str, Any]]:
    """Return the conversation to append to, and the parameters."""
    conversation = at.shared if plan.shares else str(at.known.conversation)
    waits = {"wait_if_busy": 1.5} if plan.waits else {}
    return conversation, {"store": plan.stores, **waits, **at.of_message(plan)}


async def _append(plan: Plan, at: Place) -> Answer:
    to = _to_append(plan, at)
    conversations = at.client.conversations
    return _answer(await conversations.append(to[0], str(plan.asked), **to[1]))


async def _append_stream(plan: Plan, at: Place) -> Answer:
    to = _to_append(plan, at)
    conversations = at.client.conversations
    stream = conversations.append_stream(to[0], str(plan.asked), **to[1])
    return _answer(await read(plan, stream), stream)


async def _to_restart(plan: Plan, at: Place) -> tuple[str, str, dict[str, Any]]:
    """Return the conversation, its first entry, and the parameters."""
    conversation = str(at.known.conversation)
    conversations = at.client.conversations
    history = await conversations.get_history(conversation, **at.options(plan))
    # by which a recovery finds the new conversation among many
    metadata = {"call": plan.marker} if plan.waits else None
    parameters = {"store": plan.stores, "metadata": metadata, **at.of_message(plan)}
    return conversation, str(to_dict(history.entries[0])["id"]), parameters


async def _restart(plan: Plan, at: Place) -> Answer:
    conversation, entry, parameters = await _to_restart(plan, at)
    response = await at.client.conversations.restart(
        conversation, entry, str(plan.asked), **parameters
    )
    return _answer(response)


async def _restart_stream(plan: Plan, at: Place) -> Answer:
    conversation, entry, parameters = await _to_restart(plan, at)
    stream = at.client.conversations.restart_stream(
        conversation, entry, str(plan.asked), **parameters
    )
    return _answer(await read(plan, stream), stream)


def _of_run(plan: Plan, at: Place, executed: Executed) -> dict[str, Any]:
    """Return the parameters of a run; it continues one of this caller that broke."""
    broken = at.known.broken
    where = {"conversation_id": broken} if broken else {"model": "any"}
    settings = at.of_message(attrs.evolve(plan, stores=True))
    tool = _TOOLS[plan.turns % len(_TOOLS)]
    return {"tools": [tool], "context": executed, **where, **settings}


def _run_answer(result: RunResult, executed: Executed) -> Answer:
    twice = [call for call, times in executed.items() if times > 1]
    if twice:
        raise ProblemError(f"the function was executed twice for {twice}")
    plain = to_dict(result.entries)
    return Answer(
        conversation_id=result.conversation_id, entries=[*plain], text=result.text
    )


async def recovered(
    call: Callable[[Plan, Place], Awaitable[Answer]], plan: Plan, at: Place
) -> Answer:
    """Make a call, and ask for its answer afterwards if that is lost."""
    try:
        return await call(plan, at)
    except MistralConversationsError as error:
        kept = pickle.loads(pickle.dumps(error)) if plan.shares else error
    conversations = at.client.with_options(headers=at.headers).conversations
    return _answer(await conversations.recover(kept, RECOVERY))


async def _run(plan: Plan, at: Place) -> Answer:
    executed: Executed = Counter()
    settings = _of_run(plan, at, executed)
    result = await at.client.conversations.run(str(plan.asked), **settings)
    return _run_answer(result, executed)


async def _run_stream(plan: Plan, at: Place) -> Answer:
    executed: Executed = Counter()
    settings = _of_run(plan, at, executed)
    stream = at.client.conversations.run_stream(str(plan.asked), **settings)
    try:
        result = await read(plan, stream)
    except BaseException:
        at.known.broken = stream.conversation_id
        raise
    return _run_answer(result, executed)


def _content(plan: Plan) -> bytes:
    line = f"{plan.marker}\n".encode()
    return (line * (plan.size // len(line) + 1))[: max(plan.size, len(line))]


async def _uploaded(
    upload: Callable[..., Awaitable[Any]], plan: Plan, at: Place
) -> Answer:
    content = _content(plan)
    with _opened(plan, content, at.folder / f"{plan.marker}.txt") as source:
        uploaded = await upload(source)
    return Answer(file_id=uploaded.id, sha256=hashlib.sha256(content).hexdigest())


@contextmanager
def _opened(plan: Plan, content: bytes, path: Path) -> Iterator[Any]:
    """Yield what to upload, and remove it afterwards."""
    if plan.source == "bytes":
        yield content
    elif plan.source == "iterator":
        yield _pieces(content)
    else:
        path.write_bytes(content)
        try:
            with path.open("rb") as file:
                yield file if plan.source == "file" else path
        finally:
            path.unlink()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(content), _PIECE):
        await asyncio.sleep(0)
        yield content[begin : begin + _PIECE]


async def _upload_file(plan: Plan, at: Place) -> Answer:
    async def upload(file: Any) -> Any:
        return await at.client.files.upload(
            file, purpose="ocr", name=f"{plan.marker}.txt", **at.options(plan)
        )

    answer = await _uploaded(upload, plan, at)
    at.known.files.append((str(answer.file_id), str(answer.sha256)))
    return answer


async def _upload_document(plan: Plan, at: Place) -> Answer:
    async def upload(file: Any) -> Any:
        documents = at.client.libraries.documents
        return await documents.upload(
            at.library_id, file, name=f"{plan.marker}.txt", **at.options(plan)
        )

    return await _uploaded(upload, plan, at)


async def _download(plan: Plan, at: Place) -> Answer:
    file_id, digest = at.known.files[-1]
    files = at.client.files
    if plan.source == "path":
        path = at.folder / f"{plan.marker}.down"
        content = _taken(await files.download(file_id, path, **at.options(plan)))
    else:
        content = await files.download(file_id, **at.options(plan))
    if hashlib.sha256(content).hexdigest() != digest:
        raise ProblemError(f"the download of {file_id} has other contents")
    return Answer()


def _taken(path: Path) -> bytes:
    content = path.read_bytes()
    path.unlink()
    return content


async def _history(plan: Plan, at: Place) -> Answer:
    conversation = at.shared if plan.shares else str(at.known.conversation)
    history = await at.client.conversations.get_history(
        conversation, **at.options(plan)
    )
    if history.conversation_id != conversation:
        raise ProblemError(f"the history is that of {history.conversation_id}")
    return Answer(conversation_id=conversation)


async def _list_all(plan: Plan, at: Place) -> Answer:
    found: list[str] = []
    conversations = at.client.conversations.list_all(20, **at.options(plan))
    async for conversation in conversations:
        found.append(conversation.id)
        if len(found) == _LISTED:
            break
    if len({*found}) != len(found):
        raise ProblemError("the same conversation was listed twice")
    return Answer()


async def _delete(plan: Plan, at: Place) -> Answer:
    conversation = str(at.known.conversation)
    await at.client.conversations.delete(conversation, **at.options(plan))
    return Answer()


_FIRST = {
    "append": "start",
    "append_stream": "start_stream",
    "restart": "start",
    "restart_stream": "start_stream",
    "history": "start",
    "delete": "start",
}
"""What a caller does first that has no conversation."""


def possible(plan: Plan, known: Known) -> Plan:
    """Return a plan that the caller can follow with what it knows."""
    if plan.kind == "download" and not known.files:
        return attrs.evolve(plan, kind="upload_file")
    needs_own = plan.kind in {"restart", "restart_stream", "delete"}
    if known.conversation is None and (needs_own or not plan.shares):
        return attrs.evolve(plan, kind=_FIRST.get(plan.kind, plan.kind))
    return plan


CALLS: Mapping[str, Callable[[Plan, Place], Awaitable[Answer]]] = {
    "start": _start,
    "start_stream": _start_stream,
    "append": _append,
    "append_stream": _append_stream,
    "restart": _restart,
    "restart_stream": _restart_stream,
    "run": _run,
    "run_stream": _run_stream,
    "upload_file": _upload_file,
    "upload_document": _upload_document,
    "download": _download,
    "history": _history,
    "list_all": _list_all,
    "delete": _delete,
}
