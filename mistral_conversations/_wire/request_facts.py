"""What tracing reads from the body of a request, without decoding the rest."""

from typing import Any

import msgspec

__all__ = ["RequestFacts", "facts_of"]


class RequestFacts(msgspec.Struct):
    """The keys of a body that describe a request; of any type, None if missing.

    The inputs and tools are skipped: they may be many megabytes.
    """

    model: Any = None
    agent_id: Any = None
    agent_version: Any = None
    name: Any = None
    description: Any = None
    completion_args: Any = None


_DECODER = msgspec.json.Decoder(RequestFacts)


def facts_of(body: bytes | None) -> RequestFacts:
    """Return what a body describes; nothing for one that is no JSON object."""
    if not body:
        return RequestFacts()
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RequestFacts()
