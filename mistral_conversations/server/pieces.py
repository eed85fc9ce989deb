"""What a turn of the model is made of: text, thoughts, calls, tools, failures."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.json import check_json, encode_json
from mistral_conversations.models.chunks import OutputContentChunks
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.server.failures import JSONObject

__all__ = [
    "Call",
    "Cite",
    "Execute",
    "Fail",
    "Handoff",
    "Piece",
    "Say",
    "Think",
    "Turn",
    "call",
    "cite",
    "execute",
    "fail",
    "handoff",
    "say",
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


@attrs.frozen
class Call:
    """A call of a function of the caller's; made by `call`."""

    name: str
    arguments: str
    """JSON text."""

    confirmation_status: str | None = None

    def pending(self) -> "Call":
        """Give the same call, but waiting for `tool_confirmations`."""
        return attrs.evolve(self, confirmation_status="pending")


@attrs.frozen
class Execute:
    """A run of a built-in tool; made by `execute`."""

    name: str
    arguments: str
    """JSON text."""

    function: str
    info: JSONObject | None = attrs.field(hash=False)
    """What the script has it tell; None is what it finds, or nothing."""


@attrs.frozen
class Cite:
    """The passages that were found last, with their sources; made by `cite`."""


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


Piece: TypeAlias = Say | Think | Call | Execute | Cite | Handoff | Fail
Turn: TypeAlias = Sequence[Piece]

_ERRORS = range(400, 600)


def say(*content: str | OutputContentChunks | Mapping[str, Any]) -> Say:
    """Say something: one message, together with what is said next to it.

    Args:
        content: texts, streamed word by word, and chunks (models, or mappings with a
            `type`), each streamed as one event. Texts alone make a message whose
            content is a str; with a chunk among them it is a list.
    """
    return Say(tuple(_part(part, i) for i, part in enumerate(content)))


def think(text: str) -> Think:
    """Think: a `thinking` chunk of the message that is said next to it."""
    return Think(_text(text, "think()"))


def call(name: str, /, **arguments: Any) -> Call:
    """Call a function of the caller's: `call("get_weather", city="Paris")`.

    `call(...).pending()` is a call that waits for a confirmation.
    """
    return Call(_text(name, "call()"), _json_text(arguments, f"call({name!r})"))


def execute(
    name: str,
    /,
    *,
    arguments: str | Mapping[str, Any] = "{}",
    info: Mapping[str, Any] | None = None,
    function: str | None = None,
) -> Execute:
    """Run a built-in tool, such as `web_search`.

    `execute("document_library", arguments={"query": "opening hours"})` searches the
    processed documents of the libraries that the tools of the conversation name, and
    tells what it found: `info` is `{"results": [...]}`, each with `library_id`,
    `document_id`, `name`, `text` and `score`. Without a query it searches for the
    user's last text.

    Args:
        name: the tool. `usage.connectors` counts it.
        arguments: what the tool is given, as JSON text or as an object.
        info: what the tool tells when it is done (`code`, `code_output`, ...). None is
            what it finds: nothing, for tools that find nothing here.
        function: the tool's function; None is the tool's own name.
    """
    place = f"execute({name!r})"
    text = arguments if isinstance(arguments, str) else _json_text(arguments, place)
    told = info if info is None else dict(info)
    check_json(told, f"{place}: info")
    return Execute(_text(name, "execute()"), _text(text, place), function or name, told)


def cite() -> Cite:
    """Say what the last search of the turn found.

    Each passage is a text, and after it stands a `tool_reference` chunk with the name
    of the document. Where nothing was found, or nothing searched, one sentence says so.
    """
    return Cite()


def handoff(to: str, /, *, previous: str | None = None) -> Handoff:
    """Hand the conversation over; what follows in the turn is the next agent's.

    Args:
        to: the name or the id of the next agent. One that was made by the server has to
            be among the `handoffs` of the agent that hands over, if that was made by
            the server too: the answer fails otherwise. What else is named has always
            the same id.
        previous: the name or the id of the agent that hands over; None is the one that
            speaks.
    """
    named = previous if previous is None else _text(previous, "handoff(): previous")
    return Handoff(_text(to, "handoff()"), named)


def fail(message: str, *, code: int = 3000, status: int | None = None) -> Fail:
    """Fail, as the last piece of a turn.

    A stream ends with `conversation.response.error` after the pieces before; a plain
    call is answered with an HTTP error. The inputs are kept, the answer is not.

    Args:
        message: what went wrong.
        code: the service's number for it.
        status: the HTTP status of a plain call; None is 500. As the only piece of a
            turn, a failure with a status is the answer to a streamed request too, and
            nothing is kept. An async generator's stream has begun by then.

    Raises:
        ValueError: the status is none of an error (400 to 599).
    """
    if status is not None and status not in _ERRORS:
        raise ValueError(f"status must be from 400 to 599, not {status!r}")
    if isinstance(code, bool) or not isinstance(code, int):
        raise TypeError(f"fail(): code takes an int, not {type(code).__name__}")
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
    return encode_json(dict(arguments)).decode()
