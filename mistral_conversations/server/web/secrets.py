"""The secrets of a request, which no cassette and no log has."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from string import ascii_letters, digits
from typing import Any, Self

from mistral_conversations._secret import MASK, SHORTEST, Secret, SecretMask

__all__ = ["Secrets"]

_CREDENTIALS = re.compile(
    r"(?:.*-)?(?:authorization|api-?key|subscription-key|token|secret|password)",
    re.IGNORECASE,
)
_BASE64 = ascii_letters + digits + "+/-_"
_REST_OF_BASE64 = re.compile(r"[\w+/-]*={0,2}", re.ASCII)


class Secrets:
    """Mask the secrets of a request: its key, other credentials, and its cookies.

    A secret is found as it is, escaped (see `SecretMask`), and in Base64, of which
    nothing is left: what surrounds a secret there depends on it.
    """

    __slots__ = ("_in_base64", "_mask", "_signs")

    def __init__(self, credentials: tuple[str, ...]) -> None:
        self._in_base64, self._mask = _masks(credentials)
        signs = self._mask.signs if self._mask.secrets else ()
        self._signs = tuple(map(_encoded, signs))

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Find the secrets of a request's headers.

        A credential of fewer than six characters is no secret.
        """
        return cls(tuple(dict.fromkeys(_credentials(headers.items()))))

    def data(self, data: bytes) -> bytes:
        """Return bytes without the secrets, the same ones if they have none."""
        if not self.may_be_in(data):
            return data
        return _encoded(self.text(data.decode(errors="surrogateescape")))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether bytes have a sign of a secret; False if they have none."""
        return any(sign in data for sign in self._signs)

    def text(self, text: str) -> str:
        """Return a text without the secrets, the same one if it has none."""
        for part in self._in_base64:
            if part in text:
                text = _without_base64(text, part)
        return self._mask.text(text)

    def value(self, value: Any) -> Any:
        """Return a JSON value without the secrets, the same one if it has none."""
        masked = value
        if isinstance(value, str):
            masked = self.text(value)
        elif isinstance(value, dict):
            keys = map(self.text, value)
            masked = dict(zip(keys, map(self.value, value.values()), strict=True))
        elif isinstance(value, list):
            masked = list(map(self.value, value))
        return value if masked == value else masked


@lru_cache(16)
def _masks(credentials: tuple[str, ...]) -> tuple[tuple[Secret, ...], SecretMask]:
    in_base64 = tuple(map(Secret, dict.fromkeys(_in_base64(credentials))))
    return in_base64, SecretMask({*credentials, *in_base64})


def _without_base64(text: str, part: str) -> str:
    """Return a text without the Base64 that has a part."""
    pieces, done = [], 0
    at = text.find(part)
    while at >= 0:
        pieces += [text[done:at].rstrip(_BASE64), MASK]
        rest = _REST_OF_BASE64.match(text, at)
        done = at if rest is None else rest.end()
        at = text.find(part, done)
    return "".join([*pieces, text[done:]])


def _credentials(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == "cookie":
            pairs = (cookie.partition("=") for cookie in value.split(";"))
            yield from (text.strip(' "') for _name, _, text in pairs)
        elif _CREDENTIALS.fullmatch(name):
            scheme, _, rest = value.strip().partition(" ")
            yield rest.strip() or scheme
            if scheme.lower() == "basic":
                yield from _basic(rest)


def _basic(credentials: str) -> Iterator[str]:
    """Return the name with the password, and the password (RFC 7617)."""
    try:
        text = b64decode(credentials).decode(errors="surrogateescape")
    except ValueError:
        return
    yield text
    yield text.partition(":")[2]


def _in_base64(secrets: Iterable[str]) -> Iterator[str]:
    """Return what Base64 makes of secrets, wherever in the encoded bytes they are.

    The characters at the ends also depend on what is beside a secret.
    """
    for secret in map(_encoded, secrets):
        if len(secret) < SHORTEST:
            continue
        for offset, start in enumerate((0, 2, 3)):
            whole = (offset + len(secret)) * 8 // 6
            text = b64encode(b"-" * offset + secret).decode()[start:whole]
            yield text
            yield text.replace("+", "-").replace("/", "_")


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
