"""The secrets of a request, which no cassette has."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Self

from mistral_conversations._secret import SecretMask

__all__ = ["Secrets"]

_CREDENTIALS = re.compile(
    r"(?:.*-)?(?:authorization|api-?key|subscription-key|token|secret|password)",
    re.IGNORECASE,
)
_SHORTEST = 6


class Secrets:
    """Mask the secrets of a request: its key, other credentials, and its cookies.

    A secret is found as it is, escaped (see `SecretMask`), and in Base64.
    """

    __slots__ = ("_encoded", "_mask")

    def __init__(self, mask: SecretMask) -> None:
        self._mask = mask
        self._encoded = tuple(map(_encoded, mask.signs if mask.secrets else ()))

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Find the secrets of a request's headers.

        A credential of fewer than six characters is no secret.
        """
        return cls(_mask(tuple(dict.fromkeys(_credentials(headers.items())))))

    def data(self, data: bytes) -> bytes:
        """Return bytes without the secrets, the same ones if they have none."""
        if not self.may_be_in(data):
            return data
        return _encoded(self._mask.text(data.decode(errors="surrogateescape")))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether bytes have a sign of a secret; False if they have none."""
        return any(sign in data for sign in self._encoded)

    def text(self, text: str) -> str:
        """Return a text without the secrets, the same one if it has none."""
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
def _mask(credentials: tuple[str, ...]) -> SecretMask:
    return SecretMask({*credentials, *_in_base64(credentials)})


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
        if len(secret) < _SHORTEST:
            continue
        for offset, start in enumerate((0, 2, 3)):
            whole = (offset + len(secret)) * 8 // 6
            text = b64encode(b"-" * offset + secret).decode()[start:whole]
            yield text
            yield text.replace("+", "-").replace("/", "_")


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
