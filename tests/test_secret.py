"""Secrets are found in texts, however they are escaped, and where they are cut."""

import json
import time
from html import escape
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._secret import SecretMask
from tests.support.comparison import thorough
from tests.support.for_each import for_each

KEY = "sk-4f1e/9a+B"
ODD = "p&ss\"w<or>d'né€\U0001f600"
ESCAPES = (
    "{}",
    "\\u{:04x}",
    "\\u{:04X}",
    "\\\\u{:04x}",
    "%{:02x}",
    "%{:02X}",
    "&#{};",
    "&#0{};",
    "&#x{:x};",
    "&#X{:04X};",
)


@thorough
@given(st.lists(st.sampled_from(ESCAPES), min_size=len(KEY), max_size=len(KEY)))
def test_any_mixture_of_escapes_is_masked(escapes: list[str]) -> None:
    escaped = "".join(
        char if each == "{}" else each.format(ord(char))
        for char, each in zip(KEY, escapes, strict=True)
    )
    mask = SecretMask(["another secret", KEY])
    assert mask.text(f"the key {escaped}, {escaped}.") == "the key ***, ***."


@for_each("secret", [KEY, ODD, "key with spaces", "ключ-ключ"])
def test_escaping_of_libraries_is_masked(secret: str) -> None:
    mask = SecretMask([secret])
    in_json = json.dumps(secret)[1:-1]
    for escaped in (
        secret,
        in_json,
        in_json.replace("/", "\\/"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        quote(secret),
        quote(secret, ""),
        escape(secret),
        repr(secret.encode())[2:-1],
    ):
        assert mask.text(f"[{escaped}]") == "[***]", escaped


@thorough
@given(st.text('abcdef12"/é€\U0001f600\ud800', min_size=6), st.text())
def test_any_secret_is_masked_in_any_text(secret: str, text: str) -> None:
    mask = SecretMask([secret])
    assert secret not in mask.text(f"{text}{secret}{text}")
    assert mask.text(json.dumps({"a": secret})) == '{"a": "***"}'


@for_each(
    ("text", "masked"),
    [
        ("sk-4f1e/", "***"),
        ("sk-4f1e", "sk-4f1e"),
        ("at sk-4f1e/9a…", "at ***…"),
        ("at sk-4f1e\\/9a...", "at ***..."),
        ("at sk-4f1e%2F9%", "at ***"),
        ("at sk-4f1e/9\\u00", "at ***"),
        ("sk-4f1e/8, sk-4f1e/%39", "sk-4f1e/8, ***"),
        ("sk-4f1e/9 and %", "sk-4f1e/9 and %"),
        ("SK-4F1E/9A+B", "SK-4F1E/9A+B"),
    ],
)
def test_secret_that_was_cut_is_masked(text: str, masked: str) -> None:
    assert SecretMask([KEY]).text(text) == masked


def test_longer_secret_is_masked_whole() -> None:
    mask = SecretMask(["secret", "secret-of-mine", "short"])
    assert mask.text("secret-of-mine, secret, short") == "***, ***, short"


def test_secrets_may_start_alike() -> None:
    mask = SecretMask(["sk-prefix-and-a/1", "sk-prefix-b/1"])
    assert mask.text(r"sk-prefix-b\/1 sk-prefix-and-a%2f1") == "*** ***"


def test_text_without_a_secret_is_the_same() -> None:
    mask = SecretMask([KEY])
    for text in ("", "no %41 key", "sk-4f1e/8 % and more"):
        assert mask.text(text) is text
    assert SecretMask([]).text(KEY) is KEY


@for_each(
    "text", ["\\" * 50_000, "\\u0073" * 20_000, "sk-4f1e/" * 20_000, "%" * 50_000]
)
def test_hostile_text_takes_no_time(text: str) -> None:
    mask = SecretMask([KEY, "s" * 40, "\\" * 40])
    begin = time.process_time()
    mask.text(text)
    assert time.process_time() - begin < 5
