"""What a span says of a request, from its body."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from mistral_conversations._checks import is_int, is_number
from mistral_conversations._observing.operation_names import conversation_of
from mistral_conversations._observing.seam import ObservedCall
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.request_facts import facts_of
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.context import Turns
from mistral_conversations.telemetry.instruments import Attributes, Value, known
from mistral_conversations.telemetry.messages import (
    input_messages,
    json_text,
    system_instructions,
    tool_definitions,
)

__all__ = ["Request"]

_MESSAGES = ("conversations.start", "conversations.append", "conversations.restart")
_PORTS = {"http": 80, "https": 443}


class Request:
    """A request as spans and metrics describe it.

    Args:
        observed: the call.
        turns: the run that makes it; None for a call of its own.
    """

    def __init__(self, observed: ObservedCall, turns: Turns | None) -> None:
        self.api_operation: str = observed.operation
        self.call: Call = observed.call
        self.server: Attributes = _server_of(observed.base_url)
        plain = observed.operation.removesuffix("_stream")
        self.is_message: bool = plain in _MESSAGES
        """Whether a model or an agent answers."""
        self.creates_agent: bool = plain == "agents.create"
        self.turns: Turns | None = turns if self.is_message else None
        known = self.is_message or self.creates_agent
        self._facts = facts_of(observed.call.body if known else None)
        self.learned: dict[str, Value] = {}
        """Attributes that the answer adds: whom the service has asked."""
        self.model: str | None = self._text("model")
        self.agent_id: str | None = self._text("agent_id")
        if self.turns is not None and self.model is None and self.agent_id is None:
            self.model, self.agent_id = self.turns.model, self.turns.agent_id

    def learn(self, model: str | None, agent_id: str | None) -> None:
        """Keep whom an answer names, for a request and a run that name nobody."""
        if self.is_message and self.model is None and self.agent_id is None:
            if agent_id is not None:
                self.agent_id = agent_id
                self.learned[names.AGENT_ID] = agent_id
            elif model is not None:
                self.model = model
            if self.operation is not None and (agent_id or model):
                self.learned[names.OPERATION] = self.operation
        if self.is_message and model is not None:
            self.learned[names.RESPONSE_MODEL] = model
        if self.turns is not None and not (self.turns.model or self.turns.agent_id):
            self.turns.model, self.turns.agent_id = self.model, self.agent_id

    def count_turn(self) -> None:
        """Count an answer as a turn of the run."""
        if self.turns is not None:
            self.turns.number += 1

    @property
    def operation(self) -> str | None:
        """The operation by the conventions; None if they have none."""
        if self.creates_agent:
            return names.CREATE_AGENT
        if not self.is_message:
            return None
        return names.CHAT if self.agent_id is None else names.INVOKE_AGENT

    @property
    def span_name(self) -> str:
        """The name of the span."""
        if self.operation is None:
            return self.api_operation
        whom = self._text("name") if self.creates_agent else self.agent_id or self.model
        return self.operation if whom is None else f"{self.operation} {whom}"

    @property
    def common(self) -> dict[str, Value]:
        """The attributes of the span that those of metrics share."""
        found: dict[str, Value] = {names.PROVIDER: names.PROVIDER_VALUE, **self.server}
        if self.operation is not None:
            found[names.OPERATION] = self.operation
        if self.model is not None:
            found[names.REQUEST_MODEL] = self.model
        return found

    def attributes(self) -> dict[str, Value]:
        """Return the attributes with which the span begins."""
        found = {**self.common, names.API_OPERATION: self.api_operation}
        given: dict[str, Value | None] = {
            names.AGENT_ID: self.agent_id,
            names.CONVERSATION: conversation_of(self.call),
            names.REQUEST_STREAM: True if self.call.stream else None,
            names.RUN_TURN: None if self.turns is None else self.turns.number,
        }
        if self.creates_agent:
            given[names.AGENT_NAME] = self._text("name")
            given[names.AGENT_DESCRIPTION] = self._text("description")
        version = self._facts.agent_version
        given[names.AGENT_VERSION] = None if version is None else str(version)
        return found | known(given) | self._settings()

    def content(self) -> dict[str, str]:
        """Return the attributes with content, as JSON."""
        if not self.is_message:
            return {}
        body = _body(self.call)
        found = {
            names.INPUT_MESSAGES: input_messages(body.get("inputs")),
            names.INSTRUCTIONS: system_instructions(body.get("instructions")),
            names.TOOL_DEFINITIONS: tool_definitions(body.get("tools")),
        }
        return {name: json_text(value) for name, value in found.items() if value}

    def _text(self, key: str) -> str | None:
        value = getattr(self._facts, key)
        return value if isinstance(value, str) else None

    def _settings(self) -> dict[str, Value]:
        args = self._facts.completion_args
        if not isinstance(args, dict):
            return {}
        return known({n: read(args.get(key)) for key, (n, read) in _SETTINGS.items()})


def _server_of(base_url: str) -> Attributes:
    """Return the attributes of the service's address."""
    parts = urlsplit(base_url)
    port = parts.port or _PORTS.get(parts.scheme)
    found: dict[str, Value] = {names.SERVER_ADDRESS: parts.hostname or ""}
    return found if port is None else {**found, names.SERVER_PORT: port}


def _body(call: Call) -> Mapping[str, Any]:
    body = decode_json(call.body) if call.body else {}
    return body if isinstance(body, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if is_number(value) else None


def _int(value: object) -> int | None:
    return value if is_int(value) else None


def _texts(value: object) -> list[str] | None:
    if isinstance(value, str):
        return [value]
    texts = value if isinstance(value, list) else []
    return [text for text in texts if isinstance(text, str)] or None


def _output_type(value: object) -> str | None:
    """Return the kind of output that a response format asks for."""
    kind = value.get("type") if isinstance(value, dict) else None
    return {"json_object": "json", "json_schema": "json", "text": "text"}.get(str(kind))


_SETTINGS: Mapping[str, tuple[str, Callable[[object], Value | None]]] = {
    "temperature": (names.REQUEST_TEMPERATURE, _number),
    "top_p": (names.REQUEST_TOP_P, _number),
    "frequency_penalty": (names.REQUEST_FREQUENCY_PENALTY, _number),
    "presence_penalty": (names.REQUEST_PRESENCE_PENALTY, _number),
    "max_tokens": (names.REQUEST_MAX_TOKENS, _int),
    "random_seed": (names.REQUEST_SEED, _int),
    "stop": (names.REQUEST_STOP, _texts),
    "response_format": (names.OUTPUT_TYPE, _output_type),
}
