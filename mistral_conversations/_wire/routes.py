"""The paths of the API, and the encoding of ids as path segments."""

from contextlib import suppress
from urllib.parse import quote

__all__ = [
    "AGENT",
    "AGENTS",
    "AGENT_ALIASES",
    "AGENT_AT_VERSION",
    "AGENT_PAGES",
    "AGENT_VERSION",
    "AGENT_VERSIONS",
    "BATCH_JOB",
    "BATCH_JOBS",
    "BATCH_JOB_CANCEL",
    "CONNECTOR",
    "CONNECTORS",
    "CONNECTOR_AUTHENTICATION_METHODS",
    "CONNECTOR_AUTH_URL",
    "CONNECTOR_TOOLS",
    "CONNECTOR_TOOL_CALL",
    "CONVERSATION",
    "CONVERSATIONS",
    "DOCUMENT",
    "DOCUMENTS",
    "DOCUMENT_EXTRACTED_TEXT_SIGNED_URL",
    "DOCUMENT_REPROCESS",
    "DOCUMENT_SIGNED_URL",
    "DOCUMENT_STATUS",
    "DOCUMENT_TEXT_CONTENT",
    "FILE",
    "FILES",
    "FILE_CONTENT",
    "FILE_URL",
    "HISTORY",
    "LIBRARIES",
    "LIBRARY",
    "LIBRARY_SHARE",
    "MESSAGES",
    "MODEL",
    "MODELS",
    "RESTART",
    "check_id",
    "path_of",
]

CONVERSATIONS = "/v1/conversations"
CONVERSATION = "/v1/conversations/{conversation_id}"
HISTORY = "/v1/conversations/{conversation_id}/history"
MESSAGES = "/v1/conversations/{conversation_id}/messages"
RESTART = "/v1/conversations/{conversation_id}/restart"

AGENTS = "/v1/agents"
AGENT_PAGES = "/v1/agents/pages"
AGENT = "/v1/agents/{agent_id}"
AGENT_VERSION = "/v1/agents/{agent_id}/version"
AGENT_VERSIONS = "/v1/agents/{agent_id}/versions"
AGENT_AT_VERSION = "/v1/agents/{agent_id}/versions/{version}"
AGENT_ALIASES = "/v1/agents/{agent_id}/aliases"

LIBRARIES = "/v1/libraries"
LIBRARY = "/v1/libraries/{library_id}"
LIBRARY_SHARE = "/v1/libraries/{library_id}/share"
DOCUMENTS = "/v1/libraries/{library_id}/documents"
DOCUMENT = "/v1/libraries/{library_id}/documents/{document_id}"
DOCUMENT_TEXT_CONTENT = f"{DOCUMENT}/text_content"
DOCUMENT_STATUS = f"{DOCUMENT}/status"
DOCUMENT_SIGNED_URL = f"{DOCUMENT}/signed-url"
DOCUMENT_EXTRACTED_TEXT_SIGNED_URL = f"{DOCUMENT}/extracted-text-signed-url"
DOCUMENT_REPROCESS = f"{DOCUMENT}/reprocess"

CONNECTORS = "/v1/connectors"
CONNECTOR = "/v1/connectors/{connector_id_or_name}"
CONNECTOR_TOOLS = f"{CONNECTOR}/tools"
CONNECTOR_TOOL_CALL = f"{CONNECTOR}/tools/{{tool_name}}/call"
CONNECTOR_AUTH_URL = f"{CONNECTOR}/auth_url"
CONNECTOR_AUTHENTICATION_METHODS = f"{CONNECTOR}/authentication_methods"

FILES = "/v1/files"
FILE = "/v1/files/{file_id}"
FILE_CONTENT = "/v1/files/{file_id}/content"
FILE_URL = "/v1/files/{file_id}/url"

MODELS = "/v1/models"
MODEL = "/v1/models/{model_id}"

BATCH_JOBS = "/v1/batch/jobs"
BATCH_JOB = "/v1/batch/jobs/{job_id}"
BATCH_JOB_CANCEL = "/v1/batch/jobs/{job_id}/cancel"

_REMEDIES = {"connector_id_or_name": "an id or a name", "tool_name": "a name"}
"""What to pass instead of a blank segment, by its name; an id for all others."""


def path_of(route: str, **ids: str) -> str:
    """Insert ids into a route, percent-encoded so that each stays one segment.

    Args:
        route: one of the paths in this module.
        ids: the ids, by their names in braces in the route.

    Raises:
        TypeError: an id is not a str.
        ValueError: an id is blank, or cannot be sent.
    """
    segments = {name: _segment(name, value) for name, value in ids.items()}
    return route.format(**segments)


def check_id(name: str, value: object) -> None:
    """Check that a parameter is a str, and no object that has such an id.

    Raises:
        TypeError: it is not; the message names what to pass of the object.
    """
    if issubclass(type(value), str):  # a proxy of a str is none, whatever it claims
        return
    known = [key for key in (name, "id") if _has_text(value, key)]
    remedy = f": pass its {known[0]}" if known else ""
    raise TypeError(f"{name} must be a str, not {type(value).__name__}{remedy}")


def _has_text(value: object, attribute: str) -> bool:
    with suppress(Exception):  # a class of the caller's may raise anything
        return isinstance(getattr(value, attribute, None), str)
    return False


def _segment(name: str, value: str) -> str:
    check_id(name, value)
    if not value.strip():
        remedy = _REMEDIES.get(name, "an id")
        raise ValueError(f"{name} is blank: pass {remedy} from the service")
    try:
        encoded = quote(value, safe="")
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} cannot be sent as UTF-8: {error}") from None
    # RFC 3986, 5.2.4: `.` and `..` would be removed, `..` with the segment before it.
    return encoded.replace(".", "%2E") if encoded in {".", ".."} else encoded
