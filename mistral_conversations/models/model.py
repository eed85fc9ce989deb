"""Base classes of the models, and the metadata of an HTTP response."""

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations._request_id import request_id_of
from mistral_conversations.models.masks import masked_secrets

__all__ = ["Answer", "Model", "RateLimit", "ResponseMeta", "Unknown", "attach_meta"]


_LONGEST_NUMBER = 18


@frozen(kw_only=True, repr=False)
class Model:
    """An object of the API: frozen, keyword-only, compared by value."""

    extra: Mapping[str, Any] = attrs.field(
        factory=dict, hash=False, repr=masked_secrets
    )
    """The object's keys that its schema does not have, and counters, lists and objects
    that do not fit their field."""

    def __repr__(self) -> str:
        """Show the fields with a value; a traceback may show a half-built model."""
        shown = (
            f"{field.name}={field.repr(value) if callable(field.repr) else repr(value)}"
            for field in attrs.fields(type(self))
            if field.repr
            and (value := getattr(self, field.name, None)) is not None
            and not (field.name == "extra" and not value)
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str | None:
        """Return HTML for a notebook, if this kind of object has any."""
        from mistral_conversations.html import show  # noqa: PLC0415 - notebooks only

        return show(self)


@frozen(kw_only=True)
class Unknown:
    """A tagged object that fits none of our classes.

    Its tag is new, or it does not fit its tag's schema.
    """

    type: str | None = None
    """The tag; None if the object has none."""

    raw: Any = attrs.field(hash=False)
    """The object in JSON's plain types; as input it is sent unchanged."""

    def _repr_html_(self) -> str | None:
        """Return HTML for a notebook, if this kind of object has any."""
        from mistral_conversations.html import show  # noqa: PLC0415 - notebooks only

        return show(self)


@frozen(kw_only=True)
class RateLimit:
    """One of the service's rate limits, from the `x-ratelimit-*` headers."""

    limit: int | None = None
    """The amount that the period allows."""

    remaining: int | None = None
    """The amount that is left."""


@frozen(kw_only=True)
class ResponseMeta:
    """The metadata of an HTTP response: everything except its body."""

    status: int
    """The HTTP status."""

    headers: Mapping[str, str] = attrs.field(factory=dict, hash=False, repr=False)
    """The headers, with names in lower case; commas join the values of repeated
    headers."""

    attempts: int = 1
    """The number of times the request was sent, including the successful attempt."""

    @property
    def request_id(self) -> str | None:
        """The id to quote to the service's support; None if the service sent none.

        From the header `mistral-correlation-id`, or `x-kong-request-id`.
        """
        return request_id_of(self.headers)

    @property
    def rate_limits(self) -> Mapping[str, RateLimit]:
        """The rate limits by name (`tokens-minute`, ...); empty for streams."""
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
    """An object that answers a call."""

    meta: ResponseMeta | None = attrs.field(default=None, eq=False, repr=False)
    """The metadata of the HTTP response; not part of equality, copies, pickles or
    JSON."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy all fields except `meta`."""
        fields = attrs.fields_dict(type(self)).keys() - {"meta"}
        return _remake, (type(self), {name: getattr(self, name) for name in fields})


A = TypeVar("A", bound=Answer)


def attach_meta(answer: A, meta: ResponseMeta) -> A:
    """Attach `meta` to an answer that has no other owner yet, and return it."""
    object.__setattr__(answer, "meta", meta)
    return answer


def _remake(cls: type[Answer], fields: Mapping[str, Any]) -> Answer:
    return cls(**fields)


publish(globals(), "RateLimit", "ResponseMeta")
