"""The code in the arguments of a tool."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mistral_conversations._markup import Html, box, code_block, joined, small
from mistral_conversations._text import LONGEST_TEXT, laid_out

__all__ = ["arguments", "details"]


def arguments(given: Any) -> Html:
    """Show the arguments of a call, code with its line breaks."""
    found, others = _code_in(given)
    if found is None:
        return box(laid_out(given))
    rest = box(laid_out(others)) if others else Html()
    return joined((_shown(found), rest))


def details(given: Any, info: Mapping[str, Any]) -> Html:
    """Show the arguments of a tool and what it reports, its code only once."""
    code, others = _code_in(given)
    reported = info.get("code")
    if code is None and isinstance(reported, str):
        code = reported
    parts = [] if code is None else [_shown(code)]
    if others:
        parts += [small("arguments"), box(laid_out(others))]
    for key, value in info.items():
        if key != "code" or value != code:
            parts += [small(key), box(laid_out(value))]
    return joined(parts)


def _code_in(given: Any) -> tuple[str | None, Any]:
    """Return the code among arguments, None without any, and the other arguments."""
    read = given
    if isinstance(given, str) and len(given) <= LONGEST_TEXT:
        with suppress(ValueError, RecursionError):
            read = json.loads(given, object_pairs_hook=_each_once)
    if not isinstance(read, Mapping) or not isinstance(read.get("code"), str):
        return None, given
    others = {key: value for key, value in read.items() if key != "code"}
    return read["code"], others


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _shown(code: str) -> Html:
    cut = small(f"cut after {LONGEST_TEXT:,} characters")
    shown = small("code"), code_block(code[:LONGEST_TEXT])
    return joined((*shown, cut) if len(code) > LONGEST_TEXT else shown)
