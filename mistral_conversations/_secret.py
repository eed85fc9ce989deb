"""Texts that no repr, log or traceback shows: keys and passwords."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, SupportsIndex

__all__ = [
    "MASK",
    "SHORTEST",
    "NoText",
    "Secret",
    "SecretMask",
    "masked_text",
]

MASK = "***"
SHORTEST = 6
"""Shorter texts, such as the keys of tests, are words that errors need."""

_SHORTEST_CUT = 8
_FIRST = 4
_CUT = re.compile(r"(?:[\\%&][\\#\w]{0,12})?(?=…|\.\.\.|\Z)")
"""Where a text was cut, perhaps amid an escaped character."""

_USUAL = re.compile(r"[\w+./=~-]*", re.ASCII)
_SIGNS = (*(rf"\u00{digit}" for digit in range(2, 8)), r"\x", r"\/", "&#", "%")
"""One is in any text that escapes ASCII."""
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


class Secret(str):
    """A text that no repr, log or traceback with locals shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a mask."""
        return "'***'"

    def __reduce_ex__(self, _: SupportsIndex) -> tuple[type[str], tuple[str]]:
        """Copy and pickle as a plain str: a recorded request has no need of this class.

        Tools such as vcrpy store the headers of requests.
        """
        return str, (str(self),)


class NoText:
    """Replaces what was passed instead of a text, so that no traceback shows it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def masked_text(given: object) -> Any:
    """Return a text as a `Secret`, None as it is, and the type of anything else."""
    if isinstance(given, str):
        return Secret(given)
    known = given is None or isinstance(given, NoText)
    return given if known else NoText(type(given).__name__)


class SecretMask:
    """Replaces secrets in texts, however JSON, a URL, HTML or a `repr` escapes them.

    The beginning of a secret, eight characters or more, is replaced where the text was
    cut.

    Args:
        secrets: the texts; those of fewer than six characters stay.
    """

    __slots__ = ("_pattern", "_signs", "secrets")

    def __init__(self, secrets: Iterable[str]) -> None:
        long = (secret for secret in secrets if len(secret) >= SHORTEST)
        ordered = sorted(long, key=len, reverse=True)
        self.secrets: tuple[Secret, ...] = tuple(map(Secret, ordered))
        self._signs: tuple[str, ...] | None = None
        self._pattern: re.Pattern[str] | None = None

    @property
    def signs(self) -> tuple[str, ...]:
        """Texts of which one is in any text that has a secret."""
        if self._signs is None:
            is_usual = all(map(_USUAL.fullmatch, self.secrets))
            starts = (Secret(secret[:_SHORTEST_CUT]) for secret in self.secrets)
            self._signs = (*starts, *(_SIGNS if is_usual else ("\\", "&", "%")))
        return self._signs

    def text(self, text: str) -> str:
        """Return a text without the secrets; the same one if it has none."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        if not self.secrets or not any(sign in text for sign in self.signs):
            return text
        if self._pattern is None:
            self._pattern = re.compile(_starts(self.secrets))
        return self._without(text, self._pattern)

    def _without(self, text: str, pattern: re.Pattern[str]) -> str:
        pieces, done = [], 0
        start = pattern.search(text)
        while start is not None:
            begin = start.start()
            end = max(_end(text, begin, secret) for secret in self.secrets)
            if end > begin:
                pieces += [text[done:begin], MASK]
                done = end
            start = pattern.search(text, max(end, begin + 1))
        return "".join([*pieces, text[done:]]) if done else text


def _starts(secrets: Iterable[str]) -> str:
    """Return a pattern of how secrets start."""
    firsts = "".join(secret[0] for secret in secrets)
    escape = "u00[2-7]|x[2-7]" if firsts.isascii() else "[ux]"
    # Regular expressions try alternatives slowly.
    first = rf"(?=[{re.escape(firsts)}]|\\{{1,8}}(?:{escape}|\W)|[%&])"
    starts = {"".join(map(_escaped, secret[:_FIRST])) for secret in secrets}
    return f"{first}(?:{'|'.join(starts)})"


def _end(text: str, begin: int, secret: str) -> int:
    """Return where a secret ends, or is cut; the begin for another text."""
    at = begin
    for index, char in enumerate(secret):
        escaped = _compiled(char).match(text, at)
        if escaped is None:
            cut = _CUT.match(text, at) if index >= _SHORTEST_CUT else None
            return begin if cut is None else cut.end()
        at = escaped.end()
    return at


@lru_cache(256)
def _compiled(char: str) -> re.Pattern[str]:
    return re.compile(_escaped(char))


def _escaped(char: str) -> str:
    """Return a pattern of a character, escaped or not.

    JSON within JSON has up to eight backslashes in place of one.
    """
    number = ord(char)
    in_bytes = char.encode(errors="surrogatepass")
    units = char.encode("utf-16-be", "surrogatepass").hex(" ", -2).split()
    any_of = [
        "".join(rf"\\{{1,8}}u{unit}" for unit in units),
        "".join(rf"\\{{1,8}}x{byte:02x}" for byte in in_bytes),
        "".join(f"%{byte:02x}" for byte in in_bytes),
        f"&#(?:0*{number}|x0*{number:x});",
        f"&{_ENTITIES.get(char, '#')};",
    ]
    plain = re.escape(char)
    if char == "\\":
        plain = r"\\\\?"
    elif not char.isalnum():
        plain = rf"\\{{0,8}}{plain}"
    return f"(?:(?i:{'|'.join(any_of)})|{plain})"
