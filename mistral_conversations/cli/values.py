"""The values of arguments on the command line, read from their text.

A value that is not accepted is a usage error.
"""

import argparse
import json
import math
import os
import re
from pathlib import Path
from typing import Any

__all__ = [
    "BUILT_IN",
    "agent_tool",
    "conversation_id",
    "count",
    "credentials",
    "endpoint",
    "hours",
    "json_object",
    "large_count",
    "metadata",
    "object_in_file",
    "object_or_file",
    "port",
    "seconds",
    "speed",
    "text",
    "text_or_file",
    "timeout",
    "tool",
]

BUILT_IN = ("code_interpreter", "image_generation", "web_search", "web_search_premium")
"""The tools of the service that need no settings."""

_LONGEST_KEY = 32
_LONGEST_VALUE = 512


def text(given: str) -> str:
    """Accept text that is not blank."""
    if not given.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{given!r} is not valid text") from None
    return given


def conversation_id(given: str) -> str:
    """Accept the id of a conversation, which has no spaces."""
    if len(text(given).split()) > 1:
        raise argparse.ArgumentTypeError(
            f"{given!r} is no id; to continue the newest conversation with this "
            "message, put the message before --continue"
        )
    return given


def text_or_file(given: str) -> str:
    """Accept text, or `@FILE` for the text of a file; `@@` begins text with an `@`."""
    if not given.startswith("@"):
        return text(given)
    if given.startswith("@@"):
        return text(given.removeprefix("@"))
    name = given.removeprefix("@")
    try:
        found = Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{name!r}: {error.strerror}") from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{name!r} is no text in UTF-8") from None
    return text(found)


def object_or_file(given: str) -> dict[str, Any]:
    """Read a JSON object, or `@FILE` with one."""
    return json_object(text_or_file(given))


def object_in_file(name: str) -> dict[str, Any]:
    """Read a JSON object from a file."""
    return json_object(text_or_file(f"@{text(name)}"))


def json_object(text: str) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"must be JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"must be a JSON object, not {text!r}")
    return value


def credentials(text: str) -> str:
    """Accept the name of stored credentials."""
    if not re.fullmatch("[a-zA-Z0-9_-]{1,64}", text):
        raise argparse.ArgumentTypeError(
            f"must be 1 to 64 of the characters a-z, A-Z, 0-9, _ and -, not {text!r}"
        )
    return text


def endpoint(given: str) -> str:
    """Accept the path of an endpoint."""
    if not text(given).startswith("/"):
        raise argparse.ArgumentTypeError(
            f"must be a path such as /v1/conversations, not {given!r}"
        )
    return given


def metadata(given: str) -> tuple[str, str]:
    """Read `KEY=VALUE`, a key of up to 32 characters and a value of up to 512."""
    key, found, value = text(given).partition("=")
    if not found or not key or not value:
        raise argparse.ArgumentTypeError(f"must be KEY=VALUE, not {given!r}")
    if len(key) > _LONGEST_KEY:
        raise argparse.ArgumentTypeError(
            f"the key {key!r} must have at most {_LONGEST_KEY} characters"
        )
    if len(value) > _LONGEST_VALUE:
        raise argparse.ArgumentTypeError(
            f"the value of {key!r} must have at most {_LONGEST_VALUE} characters"
        )
    return key, value


def agent_tool(given: str) -> str | dict[str, Any]:
    """Accept the name of a built-in tool, a tool in JSON, or `MODULE:NAME`."""
    if given.lstrip().startswith(("{", "[")):
        return json_object(given)
    if given in BUILT_IN:
        return {"type": given}
    if ":" not in given:
        raise argparse.ArgumentTypeError(
            f"must be {', '.join(BUILT_IN)}, a JSON object or MODULE:NAME, not "
            f"{given!r}"
        )
    return tool(given)


def tool(given: str) -> str:
    """Accept `MODULE:NAME`, each with or without dots."""
    module, found, name = text(given).partition(":")
    if module.endswith(".py") or "/" in module or os.sep in module:
        raise argparse.ArgumentTypeError(
            f"must name a module, such as {_module_of(module)}:{name or 'NAME'}, not "
            f"the file {module!r}"
        )
    parts = [*module.split("."), *name.split(".")]
    if not found or not all(part.isidentifier() for part in parts):
        raise argparse.ArgumentTypeError(
            f"must be MODULE:NAME, not {given!r}; a message stands before --tools"
        )
    return given


def _module_of(file: str) -> str:
    return Path(file).stem


def count(text: str) -> int:
    """Read a number from 1 to 999,999."""
    return _whole(text, 1, 999_999, digits=6)


def large_count(text: str) -> int:
    """Read a number from 1 to 999,999,999."""
    return _whole(text, 1, 999_999_999, digits=9)


def hours(text: str) -> int:
    """Read a number of hours from 1 to 168."""
    return _whole(text, 1, 168)


def port(text: str) -> int:
    """Read the number of a port."""
    return _whole(text, 0, 65_535)


def seconds(text: str) -> float:
    """Read a number of seconds."""
    return _number(text, "0 or more seconds")


def speed(text: str) -> float:
    """Read by how much a pace is multiplied."""
    return _number(text, "0 or a number such as 0.5 or 2")


def timeout(text: str) -> float:
    """Read a number of seconds, more than 0."""
    given = seconds(text)
    if not given:
        raise argparse.ArgumentTypeError("must be more than 0 seconds")
    return given


def _number(text: str, wanted: str) -> float:
    """Read a finite number that is 0 or more."""
    try:
        given = float(text)
    except ValueError:
        given = math.nan
    if not 0 <= given < math.inf:
        raise argparse.ArgumentTypeError(f"must be {wanted}, not {text!r}")
    return given


def _whole(text: str, least: int, most: int, digits: int = 5) -> int:
    """Read a whole number between two bounds, in at most so many digits."""
    if not text.isdecimal() or len(text) > digits or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"must be {least} to {most}, not {text!r}")
    return int(text)
