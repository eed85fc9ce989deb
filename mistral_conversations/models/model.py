"""What every model shares: the keys it does not know, and how it came."""

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs
from attrs import frozen

__all__ = ["Answer", "Model", "RateLimit", "ResponseMeta", "Unknown", "received"]


_LONGEST_NUMBER = 18


@frozen(kw_only=True, repr=False)
class Model:
    """An object of the API: frozen, keyword-only, compared by value."""

    extra: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    """Keys that came with the object and that its schema does not have."""

    def __repr__(self) -> str:
        """Show the fields that hold something; a traceback may show half a model."""
        shown = (
            f"{field.name}={value!r}"
            for field in attrs.fields(type(self))
            if field.repr
            and (value := getattr(self, field.name, None)) is not None
            and not (field.name == "extra" and not value)
        )
        return f"{type(self).__name__}({', '.join(shown)})"


@frozen(kw_only=True)
class Unknown:
    """Something in the place of a tagged object that no class of ours fits.

    The tag is new, or the object does not have the shape of its tag's schema.
    """

    type: str | None = None
    """The tag, or None where the object had none."""

    raw: Any = attrs.field(hash=False)
    """The object as it came, JSON's plain types. As input it is sent as it is."""


@frozen(kw_only=True)
class RateLimit:
    """One of the service's limits, from the `x-ratelimit-*` headers."""

    limit: int | None = None
    """How much the period allows."""

    remaining: int | None = None
    """How much of it is left."""


@frozen(kw_only=True)
class ResponseMeta:
    """What the HTTP response said beside its body."""

    status: int
    """The HTTP status."""

    headers: Mapping[str, str] = attrs.field(factory=dict, hash=False, repr=False)
    """The headers, their names in lower case; a repeated one joined by commas."""

    attempts: int = 1
    """How many times the request was sent, this answer's one included."""

    @property
    def request_id(self) -> str | None:
        """The id to quote to the service's support (`mistral-correlation-id`)."""
        return self.headers.get("mistral-correlation-id")

    @property
    def rate_limits(self) -> Mapping[str, RateLimit]:
        """The limits by their names (`tokens-minute`, ...); empty for streams."""
        names = {name for key in self.headers if (name := _limit_name(key))}
        return {name: _rate_limit(self.headers, name) for name in sorted(names)}


def _limit_name(header: str) -> str | None:
    for prefix in ("x-ratelimit-limit-", "x-ratelimit-remaining-"):
        if header.startswith(prefix):
            return header.removeprefix(prefix)
    return None


def _rate_limit(headers: Mapping[str, str], name: str) -> RateLimit:
    def number(kind: str) -> int | None:
        text = headers.get(f"x-ratelimit-{kind}-{name}", "")
        plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
        return int(text) if plain else None

    return RateLimit(limit=number("limit"), remaining=number("remaining"))


@frozen(kw_only=True, repr=False)
class Answer(Model):
    """The object that answers a call."""

    meta: ResponseMeta | None = attrs.field(default=None, eq=False, repr=False)
    """The HTTP side of the answer; no part of equality, copies, pickles or JSON."""

    def _repr_html_(self) -> str | None:
        """Show it in a notebook, where this kind of answer can be shown."""
        from mistral_conversations.html import show  # noqa: PLC0415 - notebooks only

        return show(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the fields but `meta`."""
        fields = attrs.fields_dict(type(self)).keys() - {"meta"}
        return _remake, (type(self), {name: getattr(self, name) for name in fields})


A = TypeVar("A", bound=Answer)


def received(answer: A, meta: ResponseMeta) -> A:
    """Note on an answer how it came; only on one that nobody else has yet."""
    object.__setattr__(answer, "meta", meta)
    return answer


def _remake(cls: type[Answer], fields: Mapping[str, Any]) -> Answer:
    return cls(**fields)
