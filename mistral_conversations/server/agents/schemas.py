"""The schemas of requests about agents, as tables of checks."""

from functools import partial

from mistral_conversations.server.agents.setting_schemas import (
    COMPLETION_ARGS,
    GUARDRAILS,
    TOOLS,
)
from mistral_conversations.server.web.checks import (
    any_object,
    boolean,
    exactly,
    fields,
    integer,
    items,
    nullable,
    string,
    text,
)
from mistral_conversations.server.web.tokens import page_token

__all__ = [
    "ALIAS",
    "ALIASED_VERSION",
    "CREATE",
    "PAGE",
    "PAGE_AT_TOKEN",
    "PAGE_OF_VERSIONS",
    "UPDATE",
    "VERSION",
]

_text_or_null = nullable(string)
_settings = partial(
    fields,
    instructions=_text_or_null,
    tools=TOOLS,
    completion_args=COMPLETION_ARGS,
    guardrails=nullable(GUARDRAILS),
    description=_text_or_null,
    handoffs=nullable(items(string, least=1)),
    metadata=nullable(any_object),
    version_message=nullable(text(most=500)),
)
CREATE = _settings("model", "name", model=string, name=string)
"""The body that creates an agent."""

UPDATE = _settings(
    model=_text_or_null, name=_text_or_null, deployment_chat=nullable(boolean)
)
"""The body that creates a new version."""

_page_size = integer(ge=1, le=1000)
_filtered = partial(
    fields,
    page_size=_page_size,
    deployment_chat=boolean,
    sources=items(exactly("api", "playground", "agent_builder_v1")),
    name=string,
    search=string,
    id=string,
    metadata=nullable(any_object),
)
PAGE = _filtered(page=integer(ge=0))
"""The query of the list with page numbers."""

PAGE_AT_TOKEN = _filtered(page_token=page_token)
"""The query of the list with page tokens."""

PAGE_OF_VERSIONS = fields(page=integer(ge=0), page_size=integer(ge=1, le=100))
"""The query of the list of versions."""

VERSION = fields("version", version=integer())
"""The query that names a version by number."""

_alias = text(least=1, most=64, pattern="^[a-z]([a-z0-9_-]*[a-z0-9])?$")
ALIAS = fields("alias", alias=_alias)
"""The query that names an alias."""

ALIASED_VERSION = fields("alias", "version", alias=_alias, version=integer())
"""The query that gives a version an alias."""
