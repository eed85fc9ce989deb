"""The pieces of a model's turn: texts, thoughts, calls, executions, failures."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations._checks import check_flag, check_int
from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import check_json, encode_json
from mistral_conversations.models.chunks import OutputContentChunks
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.server.web.failures import JSONObject

__all__ = [
    "Call",
    "Cite",
    "Execute",
    "Fail",
    "Flood",
    "Handoff",
    "Piece",
    "Say",
    "Show",
    "Think",
    "Turn",
    "call",
    "cite",
    "execute",
    "fail",
    "flood",
    "handoff",
    "say",
    "show",
    "think",
]


@attrs.frozen
class Say:
    """Text and chunks of a message; made by `say`."""

    parts: tuple[str | JSONObject, ...] = attrs.field(hash=False)


@attrs.frozen
class Think:
    """A thought; made by `think`."""

    text: str
    signature: str | None = None


@attrs.frozen
class Call:
    """A call of one of the caller's functions; made by `call`."""

    name: str
    arguments: str
    """JSON text."""

    confirmation_status: str | None = None

    def pending(self) -> "Call":
        """Return the same call, waiting for `tool_confirmations`."""
        return attrs.evolve(self, confirmation_status="pending")


@attrs.frozen
class Flood:
    """The same call again and again; made by `flood`."""

    call: Call
    times: int


@attrs.frozen
class Execute:
    """An execution of a built-in tool; made by `execute`."""

    name: str
    arguments: str
    """JSON text."""

    function: str
    info: JSONObject | None = attrs.field(hash=False)
    """The scripted result; None for the real result of a search, or an empty one."""

    is_confirmed: bool = attrs.field(default=False, repr=False)
    """Whether the caller has allowed it, so that it needs no confirmation."""


@attrs.frozen
class Cite:
    """The passages of the last search, with their sources; made by `cite`."""


@attrs.frozen
class Show:
    """The images that the turn has generated; made by `show`."""

    as_link: bool


@attrs.frozen
class Handoff:
    """A handoff to another agent; made by `handoff`."""

    to: str
    previous: str | None


@attrs.frozen
class Fail:
    """The failure of an answer; made by `fail`."""

    message: str
    code: int
    status: int | None


Piece: TypeAlias = Say | Think | Call | Flood | Execute | Cite | Show | Handoff | Fail
Turn: TypeAlias = Sequence[Piece]

_ERRORS = range(400, 600)
_WEB_SEARCHES = ("web_search", "web_search_premium")


def say(*content: str | OutputContentChunks | Mapping[str, Any]) -> Say:
    """Return text of a message; adjacent `say()` and `think()` form one message.

    Args:
        content: texts, streamed word by word, and chunks (models, or mappings with a
            `type`), each streamed as one event. The content of the message is a str if
            it consists of text alone, else a list of chunks.
    """
    return Say(tuple(_part(part, i) for i, part in enumerate(content)))


def think(text: str, *, signature: str | None = None) -> Think:
    """Return a thought: a `thinking` chunk, in one message with adjacent texts.

    Args:
        text: the thought, streamed word by word.
        signature: what the service signs the thought with; it ends the chunk, and
            comes with the last word of a stream.
    """
    if signature is not None:
        _text(signature, "the signature of think()")
    return Think(_text(text, "think()"), signature)


def call(name: str, /, **arguments: Any) -> Call:
    """Return a function call by the model: `call("get_weather", city="Paris")`.

    `call(...).pending()` is a call that waits for a confirmation.
    """
    return Call(_text(name, "call()"), _json_text(arguments, f"call({name!r})"))


def flood(call: Call, *, times: int = 91) -> Flood:
    """Return a flood of one call: `flood(call("get_weather", city="Paris"))`.

    The service answers like this with `tool_choice="required"`, which it applies to
    every step of the turn: the model repeats its call until `max_tokens`.

    Args:
        call: the call; each repetition has an id of its own.
        times: the number of calls; 91 have been observed.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    if not isinstance(call, Call):
        raise TypeError(f"flood() takes a call(), not {call!r}")
    check_int("flood(): times", times, least=1)
    return Flood(call, times)


def execute(
    name: str,
    /,
    *,
    arguments: str | Mapping[str, Any] = "{}",
    info: Mapping[str, Any] | None = None,
    function: str | None = None,
) -> Execute:
    """Return an execution of a tool of the service, such as `web_search`.

    `execute("document_library", arguments={"query": "opening hours"})` searches the
    processed documents of the libraries named by the tools of the conversation. Its
    `info` is `{"results": [...]}`; each result has `library_id`, `document_id`, `name`,
    `text` and `score`. Without a query it searches for the user's last text.

    `execute("image_generation", arguments={"prompt": "a cat"})` draws a PNG image, a
    pattern that depends on the prompt alone, and stores it as a file of the server.
    Without a prompt it draws the user's last text. A `tool_file` chunk with the
    `file_id` ends the next message of the turn, or makes a message of its own; `show()`
    puts it elsewhere. A `tool_file` chunk in a `say` of the turn replaces it.

    `execute("forecast", arguments={"city": "Oslo"})` runs the tool of that name of a
    connector, if the conversation has the connector among its tools, and the server
    among its `LocalServer(connectors=[...])`. Its `info` is the result as `call_tool`
    returns it; how the service shows it there is unverified.

    If a tool lists the name in `requires_confirmation`, the answer ends with a pending
    function call instead. The rest of the turn, the execution first, answers the append
    that allows it. After a denial, the model answers with its next turn.

    Args:
        name: the name of the tool, or of a connector, which `usage.connectors` counts.
        arguments: the tool's arguments, as JSON text or as an object.
        info: the tool's result (`code`, `code_output`, ...). None for the results of
            the search or of a connector's tool, or an empty object for any other tool.
            The `result` of a web search is sent as JSON text, as by the service. An
            `info` of your own replaces search, image and the run of a connector's tool.
        function: the tool's function; None for the name of the tool. The tool, if the
            name is that of a connector.
    """
    place = f"execute({name!r})"
    text = arguments if isinstance(arguments, str) else _json_text(arguments, place)
    result = info if info is None else dict(info)
    check_json(result, f"{place}: info")
    tool = _text(name, "execute()")
    if tool in _WEB_SEARCHES and result and "result" in result:
        found = result["result"]
        result["result"] = found if isinstance(found, str) else _json(found)
    return Execute(tool, _text(text, place), function or name, result)


def cite() -> Cite:
    """Return a citation of the passages that the last search of the turn found.

    Each passage becomes a text, followed by a `tool_reference` chunk with the name of
    the document. Without any passage, one sentence says that nothing was found.
    """
    return Cite()


def show(*, as_link: bool = False) -> Show:
    """Return the images that the turn has generated and not shown, at this place.

    `[execute("image_generation"), say("Here: "), show(), say("Do you like it?")]` is a
    message with a text, a `tool_file` chunk for each image, and a text. Without any
    image, `show()` adds nothing.

    Args:
        as_link: whether to show them as Markdown in the text, `![name](URL)`, instead
            of chunks; the service has been observed to do both. The signed URL is valid
            for an hour, without a key.

    Raises:
        TypeError: as_link is not a bool.
    """
    check_flag("show(): as_link", as_link)
    return Show(as_link)


def handoff(to: str, /, *, previous: str | None = None) -> Handoff:
    """Return a handoff; the rest of the turn comes from the next agent.

    In a request with `handoff_execution="client"`, the answer ends with the handoff,
    which is for the caller to carry out; the rest of the turn is dropped. How the
    service does this is unverified.

    Args:
        to: the name or id of the next agent. If both agents were created on the server,
            the `handoffs` of the one that hands over must list the next one, or the
            answer fails. A name unknown to the server always gets the same id.
        previous: the name or id of the agent that hands over; None for the current one.
    """
    before = previous if previous is None else _text(previous, "handoff(): previous")
    return Handoff(_text(to, "handoff()"), before)


def fail(message: str, *, code: int = 3000, status: int | None = None) -> Fail:
    """Return a failure, the last piece of a turn.

    A stream ends with `conversation.response.error` after the earlier pieces; a plain
    call receives an HTTP error. The inputs are stored, the answer is not.

    Args:
        message: what went wrong.
        code: the service's code for the error.
        status: the HTTP status of a plain call; None for 500. A failure with a status
            that is the only piece of a turn is also the answer to a streamed request,
            and nothing is stored; this does not apply to an async generator, whose
            stream has begun already.

    Raises:
        ValueError: the status is not that of an error (400 to 599).
    """
    if status is not None and status not in _ERRORS:
        raise ValueError(f"status must be from 400 to 599, not {status!r}")
    check_int("fail(): code", code)
    return Fail(_text(message, "fail()"), code, status)


def _part(part: Any, index: int) -> str | JSONObject:
    place = f"say(): part {index}"
    if isinstance(part, str):
        return _text(part, place)
    chunk = to_dict(part) if isinstance(part, Model | Unknown) else part
    if not isinstance(chunk, Mapping) or not isinstance(chunk.get("type"), str):
        raise TypeError(f"{place} must be a str or a chunk, not {part!r}")
    check_json(dict(chunk), place)
    return dict(chunk)


def _text(text: Any, place: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{place} takes a str, not {type(text).__name__}")
    check_json(text, place)
    return text


def _json_text(arguments: Mapping[str, Any], place: str) -> str:
    check_json(dict(arguments), place)
    return _json(dict(arguments))


def _json(value: Any) -> str:
    return encode_json(value).decode()
