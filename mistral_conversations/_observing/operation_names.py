"""The names of operations, found by the method and the path of a request."""

import re
from functools import cache
from urllib.parse import unquote

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call

__all__ = ["conversation_of", "operation_of"]

_NAMES = {
    ("POST", routes.CONVERSATIONS): "conversations.start",
    ("GET", routes.CONVERSATIONS): "conversations.list",
    ("POST", routes.CONVERSATION): "conversations.append",
    ("GET", routes.CONVERSATION): "conversations.get",
    ("DELETE", routes.CONVERSATION): "conversations.delete",
    ("POST", routes.RESTART): "conversations.restart",
    ("GET", routes.HISTORY): "conversations.get_history",
    ("GET", routes.MESSAGES): "conversations.get_messages",
    ("POST", routes.AGENTS): "agents.create",
    ("GET", routes.AGENTS): "agents.list",
    ("GET", routes.AGENT_PAGES): "agents.list_pages",
    ("GET", routes.AGENT): "agents.get",
    ("PATCH", routes.AGENT): "agents.update",
    ("DELETE", routes.AGENT): "agents.delete",
    ("PATCH", routes.AGENT_VERSION): "agents.update_version",
    ("GET", routes.AGENT_VERSIONS): "agents.list_versions",
    ("GET", routes.AGENT_AT_VERSION): "agents.get_version",
    ("PUT", routes.AGENT_ALIASES): "agents.create_or_update_alias",
    ("GET", routes.AGENT_ALIASES): "agents.list_aliases",
    ("DELETE", routes.AGENT_ALIASES): "agents.delete_alias",
    ("POST", routes.LIBRARIES): "libraries.create",
    ("GET", routes.LIBRARIES): "libraries.list",
    ("GET", routes.LIBRARY): "libraries.get",
    ("PATCH", routes.LIBRARY): "libraries.update",
    ("DELETE", routes.LIBRARY): "libraries.delete",
    ("GET", routes.LIBRARY_SHARE): "accesses.list",
    ("PUT", routes.LIBRARY_SHARE): "accesses.update_or_create",
    ("DELETE", routes.LIBRARY_SHARE): "accesses.delete",
    ("POST", routes.DOCUMENTS): "documents.upload",
    ("GET", routes.DOCUMENTS): "documents.list",
    ("GET", routes.DOCUMENT): "documents.get",
    ("PATCH", routes.DOCUMENT): "documents.update",
    ("DELETE", routes.DOCUMENT): "documents.delete",
    ("GET", routes.DOCUMENT_STATUS): "documents.status",
    ("GET", routes.DOCUMENT_TEXT_CONTENT): "documents.text_content",
    ("GET", routes.DOCUMENT_SIGNED_URL): "documents.signed_url",
    (
        "GET",
        routes.DOCUMENT_EXTRACTED_TEXT_SIGNED_URL,
    ): "documents.extracted_text_signed_url",
    ("POST", routes.DOCUMENT_REPROCESS): "documents.reprocess",
    ("GET", routes.CONNECTORS): "connectors.list",
    ("GET", routes.CONNECTOR): "connectors.get",
    ("GET", routes.CONNECTOR_TOOLS): "connectors.list_tools",
    ("POST", routes.CONNECTOR_TOOL_CALL): "connectors.call_tool",
    ("GET", routes.CONNECTOR_AUTH_URL): "connectors.get_auth_url",
    (
        "GET",
        routes.CONNECTOR_AUTHENTICATION_METHODS,
    ): "connectors.get_authentication_methods",
    ("POST", routes.FILES): "files.upload",
    ("GET", routes.FILES): "files.list",
    ("GET", routes.FILE): "files.retrieve",
    ("DELETE", routes.FILE): "files.delete",
    ("GET", routes.FILE_CONTENT): "files.download",
    ("GET", routes.FILE_URL): "files.get_signed_url",
    ("GET", routes.MODELS): "models.list",
    ("GET", routes.MODEL): "models.retrieve",
    ("POST", routes.BATCH_JOBS): "batch_jobs.create",
    ("GET", routes.BATCH_JOBS): "batch_jobs.list",
    ("GET", routes.BATCH_JOB): "batch_jobs.get",
    ("DELETE", routes.BATCH_JOB): "batch_jobs.delete",
    ("POST", routes.BATCH_JOB_CANCEL): "batch_jobs.cancel",
}

_ID = re.compile(r"{(\w+)}")
_CONVERSATION = re.compile("/v1/conversations/([^/]+)")


def operation_of(call: Call) -> str:
    """Return the part of the API and the method that a call belongs to."""
    name = next(
        (
            name
            for (method, _), name in _NAMES.items()
            if method == call.method and _patterns()[name].fullmatch(call.path)
        ),
        f"{call.method} {call.path}",
    )
    return f"{name}_stream" if call.stream else name


def conversation_of(call: Call) -> str | None:
    """Return the conversation that the path of a call names."""
    found = _CONVERSATION.match(call.path)
    return None if found is None else unquote(found[1])


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(_ID.sub("[^/]+", route)) for (_, route), name in _NAMES.items()
    }
