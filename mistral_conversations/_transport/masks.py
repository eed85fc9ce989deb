"""Masks: what a server echoes of the key or a password is in no error and no log."""

from collections.abc import Iterable
from typing import Any, TypeVar

import attrs

from mistral_conversations._secret import MASK, SecretMask
from mistral_conversations.models.model import Model, ResponseMeta

__all__ = ["NO_MASKS", "Masks"]

E = TypeVar("E", bound=BaseException)

_LARGE = 1024 * 1024


class Masks:
    """Replace secrets in texts, in JSON, and in errors.

    Args:
        secrets: the key, and what gives the password of a proxy away.
    """

    __slots__ = ("_mask",)

    def __init__(self, secrets: Iterable[str]) -> None:
        self._mask = SecretMask(secrets)

    def __repr__(self) -> str:
        """Show no secret."""
        return "Masks()"

    def text(self, text: str) -> str:
        """Return a text without the secrets."""
        return self._mask.text(text)

    def content(self, content: bytes) -> bytes:
        """Return a body without the secrets."""
        for secret in self._mask.secrets:
            content = content.replace(_encoded(secret), MASK.encode())
        return content

    def may_be_in(self, content: bytes | bytearray) -> bool:
        """Return whether to look through what was decoded from a body.

        A large one is searched as it arrived only, where JSON may have escaped a
        secret: to copy all its objects would hold the event loop.
        """
        if len(content) <= _LARGE:
            return bool(self._mask.secrets)
        return any(_encoded(secret) in content for secret in self._mask.secrets)

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Return headers without the secrets."""
        values = "\n".join(headers.values())
        if not any(secret in values for secret in self._mask.secrets):
            return headers
        return {name: self.text(value) for name, value in headers.items()}

    def value(self, value: Any) -> Any:
        """Return a value without the secrets; of another type, masked as text."""
        if isinstance(value, str):
            masked = self.text(value)
            return value if masked == value else masked
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if type(value) in {list, tuple}:
            return type(value)(map(self.value, value))
        make = getattr(type(value), "_make", None)  # of a named tuple
        if isinstance(value, tuple) and make is not None:
            return make(map(self.value, value))
        return self._object(value)

    def _object(self, value: Any) -> Any:
        if isinstance(value, ResponseMeta):
            return attrs.evolve(value, headers=self.headers({**value.headers}))
        if isinstance(value, Model):
            return self._model(value)
        text = repr(value)
        masked = self.text(text)
        return value if masked == text else _Shown(masked)

    def _model(self, value: Model) -> Model:
        from mistral_conversations.models.validation import (  # noqa: PLC0415 - 1 ms
            ValidationError,
        )

        if not isinstance(value, ValidationError):
            return value  # the answer so far
        fields = attrs.asdict(value, recurse=False)
        return attrs.evolve(value, **self.value(fields))

    def error(self, error: E) -> E:
        """Remove the secrets from an error and from what caused it; return it."""
        if self._mask.secrets:
            for each in _chain(error):
                each.args = self.value(each.args)
                for name, value in vars(each).items():
                    setattr(each, name, self.value(value))
        return error


class _Shown(str):
    """The masked text of an object that an error of aiohttp has.

    `str()` of such an error formats attributes of the object.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> "_Shown":
        """Return this text for any attribute that a text lacks."""
        if name.startswith("__"):  # of a protocol, such as pickle's
            raise AttributeError(name)
        return self


NO_MASKS = Masks(())


def _encoded(secret: str) -> bytes:
    return secret.encode(errors="surrogatepass")


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error, its causes, and what aiohttp or this package failed with before.

    Another context may be an error that the caller is handling.
    """
    found: list[BaseException] = [error]
    for each in found:
        others = [each.__cause__]
        if each.__context__ is not None and _is_inner(each.__context__):
            others.append(each.__context__)
        for other in others:
            if other is not None and all(other is not known for known in found):
                found.append(other)
    return found


def _is_inner(error: BaseException) -> bool:
    package = type(error).__module__.partition(".")[0]
    return package in {"aiohttp", __name__.partition(".")[0]}
