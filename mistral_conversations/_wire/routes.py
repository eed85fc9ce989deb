"""The paths of the API, and how an id becomes one segment of a path."""

from urllib.parse import quote

__all__ = [
    "CONVERSATION",
    "CONVERSATIONS",
    "HISTORY",
    "MESSAGES",
    "RESTART",
    "conversation_path",
]

CONVERSATIONS = "/v1/conversations"
CONVERSATION = "/v1/conversations/{conversation_id}"
HISTORY = "/v1/conversations/{conversation_id}/history"
MESSAGES = "/v1/conversations/{conversation_id}/messages"
RESTART = "/v1/conversations/{conversation_id}/restart"


def conversation_path(route: str, conversation_id: str) -> str:
    """Put an id into a route, percent-encoded so that it stays one segment.

    Raises:
        TypeError: the id is no str.
        ValueError: the id is blank, or cannot be sent.
    """
    return route.format(conversation_id=_segment("conversation_id", conversation_id))


def _segment(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} is blank: give the id the service gave")
    try:
        encoded = quote(value, safe="")
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} cannot be sent as UTF-8: {error}") from None
    # RFC 3986, 5.2.4: a segment of dots alone would be taken for a way up.
    return encoded.replace(".", "%2E") if encoded in {".", ".."} else encoded
