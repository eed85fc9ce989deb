"""The id of a request, by which the service's support finds it."""

from collections.abc import Mapping

__all__ = ["request_id_of"]


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the service's id of a request; None if it sent none.

    Args:
        headers: the headers of the answer, with names in lower case.
    """
    found = headers.get("mistral-correlation-id")
    return found or headers.get("x-kong-request-id")
