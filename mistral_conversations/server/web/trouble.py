"""Trouble on demand: what goes wrong with answers, and the rules for it."""

import math
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any, Literal, TypeAlias, get_args

import attrs

from mistral_conversations._checks import (
    check_flag,
    check_int,
    check_seconds,
    on_field,
)
from mistral_conversations._wire.json import check_json
from mistral_conversations.server.web.records import RecordedRequest

__all__ = ["CALM", "Condition", "Trouble", "Troubles", "shown"]

Cut: TypeAlias = Literal["end", "close", "reset"]
Condition: TypeAlias = Callable[[RecordedRequest], bool]

_LONGEST = 1e9
_LONGEST_SHOWN = 200

_seconds = on_field(check_seconds, zero=True, most=_LONGEST)
_count = on_field(check_int, least=0)
_status = on_field(check_int, least=200, most=599)
_flag = on_field(check_flag)


def _cut(_: object, __: object, value: Cut) -> None:
    cuts = get_args(Cut)
    if value not in cuts:
        raise ValueError(f"cut must be one of {', '.join(cuts)}, not {value!r}")


def _is(kind: type) -> Callable[[object, "attrs.Attribute[Any]", Any], None]:
    def check(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
        if not isinstance(value, kind):
            raise TypeError(
                f"{field.name} must be a {kind.__name__}, not {type(value).__name__}"
            )

    return check


def _text(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    _is(str)(_, field, value)
    check_json(value, field.name)
    if "\n" in value or "\r" in value:
        raise ValueError(f"{field.name} must be one line, not {value!r}")


def _headers(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    _is(Mapping)(_, field, value)
    for name, text in value.items():
        _text(_, field, name)
        _text(_, field, text)


def _body(_: object, __: object, value: Any) -> None:
    if not isinstance(value, bytes):
        check_json(value, "body")


def _retry_after(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    if isinstance(value, str):
        _text(_, field, value)
    else:
        _seconds(_, field, value)


_optional = attrs.validators.optional


@attrs.frozen(kw_only=True, repr=False)
class Trouble:
    """What goes wrong with one answer; several effects can be combined.

    With `status`, the server ignores the request and answers with `status`, `body`,
    `headers` and `retry_after`. Without `status`, it processes the request as usual,
    and the history contains even what the caller did not receive.

    `stall`, `cut`, `garbage`, `error` and `giant_event` take effect at one point: after
    `after_events` events of a stream, or after `after_bytes` bytes of any answer. An
    answer that is not streamed counts as one event. `error`, `giant_event` and
    `event_delay` apply to the answers of a model: start, append and restart.

    Args:
        status: the HTTP status to answer with, from 200 to 599.
        body: with `status`: bytes or a str are sent as they are, anything else as JSON.
            None sends the service's body for that status.
        headers: with `status`: headers to send.
        retry_after: with `status`: the header `Retry-After`, seconds or a date.
        delay: seconds before the first byte of the answer.
        event_delay: seconds before each event of a stream.
        after_events: the number of events before the trouble. At 0, `cut` and `stall`
            withhold even the head of the answer, except `cut="end"`.
        after_bytes: the number of bytes of the body (before `gzip`) before a `cut` or
            `stall`, instead of `after_events`.
        cut: how the answer ends early: `"end"` ends it properly, as if it were
            complete; `"close"` closes the connection, `"reset"` resets it. With
            `status` and `"close"` or `"reset"`, the caller cannot see that the server
            has ignored the request.
        stall: whether the answer pauses until the caller disconnects; the server still
            completes it and stores it in the conversation.
        garbage: the data of an extra event, such as `"{"`, which is not JSON.
        error: the message of a `conversation.response.error` that ends the answer; a
            call that is not streamed receives a 500.
        error_code: the code of `error`.
        giant_event: bytes to add to one event, under an extra key, `padding`.
        drip: whether the body comes byte by byte.
        gzip: whether the body is compressed, flushed after each event.
        comments: seconds between the comments that a stream sends to keep the
            connection alive; None sends none.

    Raises:
        TypeError, ValueError: a value is invalid, or two values exclude each other.
    """

    status: int | None = attrs.field(default=None, validator=_optional(_status))
    body: Any = attrs.field(default=None, validator=_optional(_body), hash=False)
    headers: Mapping[str, str] = attrs.field(
        factory=dict, validator=_headers, hash=False
    )
    retry_after: float | str | None = attrs.field(
        default=None, validator=_optional(_retry_after)
    )
    delay: float = attrs.field(default=0.0, validator=_seconds)
    event_delay: float = attrs.field(default=0.0, validator=_seconds)
    after_events: int = attrs.field(default=0, validator=_count)
    after_bytes: int | None = attrs.field(default=None, validator=_optional(_count))
    cut: Cut | None = attrs.field(default=None, validator=_optional(_cut))
    stall: bool = attrs.field(default=False, validator=_flag)
    garbage: str | None = attrs.field(default=None, validator=_optional(_text))
    error: str | None = attrs.field(default=None, validator=_optional(_text))
    error_code: int = attrs.field(default=3000, validator=_count)
    giant_event: int = attrs.field(default=0, validator=_count)
    drip: bool = attrs.field(default=False, validator=_flag)
    gzip: bool = attrs.field(default=False, validator=_flag)
    comments: float | None = attrs.field(
        default=None, validator=on_field(check_seconds, most=_LONGEST, optional=True)
    )

    def __attrs_post_init__(self) -> None:
        """Reject values that exclude each other."""
        extras = (self.body, self.retry_after, self.headers or None)
        if self.status is None and any(extra is not None for extra in extras):
            raise ValueError("body, headers and retry_after need a status")
        ends = {
            "cut": self.cut is not None,
            "stall": self.stall,
            "error": self.error is not None,
            "giant_event": self.giant_event > 0,
        }
        if sum(ends.values()) > 1:
            raise ValueError(f"{', '.join(ends)} exclude each other: use one of them")
        needs_events = ends["error"] or ends["giant_event"] or self.garbage is not None
        if self.status is not None and needs_events:
            raise ValueError("garbage, error and giant_event take no status")
        self._check_position(needs_events=needs_events)

    def _check_position(self, *, needs_events: bool) -> None:
        if self.after_bytes is not None and self.after_events:
            raise ValueError("use after_events or after_bytes, not both")
        if self.after_bytes is not None and needs_events:
            raise ValueError(
                "garbage, error and giant_event need after_events, not after_bytes"
            )
        has_position = self.after_bytes is not None or self.after_events > 0
        if has_position and not (self.cut or self.stall or needs_events):
            raise ValueError(
                "after_events and after_bytes need something to position: "
                "cut, stall, garbage, error or giant_event"
            )

    def __repr__(self) -> str:
        """Show what goes wrong: the values that are not the defaults."""
        fields = attrs.fields(type(self))
        given = {field.name: getattr(self, field.name) for field in fields}
        calm = {field.name: field.default for field in fields} | {"headers": {}}
        changed = [
            f"{name}={shown(value)}"
            for name, value in given.items()
            if value != calm[name]
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    @property
    def strikes_first(self) -> bool:
        """Whether the answer is cut or stalls before its first byte."""
        return bool(self.cut or self.stall) and not (
            self.after_events or self.after_bytes or self.garbage is not None
        )


def shown(value: object) -> str:
    """Return the `repr` of a value, cut if it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


CALM = Trouble()
"""No trouble."""


@attrs.define(eq=False)
class _Rule:
    trouble: Trouble
    times: float
    """The number of requests left."""

    when: Condition | None
    has_struck: bool = attrs.field(default=False, init=False)

    def applies_to(self, request: RecordedRequest) -> bool:
        return self.when is None or self.when(request)

    @property
    def is_unused(self) -> bool:
        """Whether a request is missing; without a number of requests, one is enough."""
        return not (self.has_struck and math.isinf(self.times))

    def __str__(self) -> str:
        if math.isinf(self.times):
            return f"{self.trouble!r}, which no request met"
        requests = "request" if self.times == 1 else "requests"
        return f"{self.trouble!r} for {self.times} more {requests}"


@attrs.define(eq=False)
class Troubles:
    """The rules of trouble, oldest first."""

    _rules: list[_Rule] = attrs.field(factory=list)

    def add(self, trouble: Trouble, times: int | None, when: Condition | None) -> None:
        """Add a rule for a number of requests (None for all) that `when` accepts.

        Raises:
            TypeError, ValueError: a parameter is invalid.
        """
        if not isinstance(trouble, Trouble):
            raise TypeError(f"trouble must be a Trouble, not {trouble!r}")
        if when is not None and (not callable(when) or iscoroutinefunction(when)):
            raise TypeError(f"when must be a plain function, not {when!r}")
        check_int("times", times, least=1, optional=True)
        self._rules.append(_Rule(trouble, math.inf if times is None else times, when))

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def unused(self) -> list[str]:
        """Describe the rules that still wait for a request."""
        return [str(rule) for rule in self._rules if rule.is_unused]

    def strike(self, request: RecordedRequest) -> Trouble:
        """Return the trouble of a request, by the first rule that applies."""
        for rule in list(self._rules):
            if rule.applies_to(request):
                rule.has_struck = True
                rule.times -= 1
                if rule.times <= 0 and rule in self._rules:
                    self._rules.remove(rule)
                return rule.trouble
        return CALM
