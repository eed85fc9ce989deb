"""The calls on agents, built and checked before sending."""

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.parameters import (
    SETTINGS,
    Checks,
    Parameters,
    a_bool,
    a_count,
    a_mapping,
    a_text,
    a_version,
    an_int,
    check_required,
    each,
    given,
    never_null,
    not_empty,
    or_null,
    to_body,
    to_json,
    to_query,
)
from mistral_conversations.models.unset import set_values

__all__ = [
    "create",
    "delete",
    "delete_alias",
    "get",
    "get_version",
    "list_aliases",
    "list_page",
    "list_versions",
    "put_alias",
    "update",
    "update_version",
]


def create(parameters: Parameters) -> Call:
    """POST /v1/agents; None is not sent, and rejected for `model` and `name`."""
    check_required(parameters, _CHECKS, "model", "name")
    body = to_body(given(parameters), _CHECKS)
    return Call("POST", routes.AGENTS, body=body)


def update(agent_id: str, parameters: Parameters) -> Call:
    """PATCH /v1/agents/{agent_id}; UNSET is not sent, None is sent as null."""
    path = routes.path_of(routes.AGENT, agent_id=agent_id)
    return Call("PATCH", path, body=to_body(set_values(parameters), _UPDATED))


def list_page(route: str, parameters: Parameters) -> Call:
    """GET /v1/agents or /v1/agents/pages; None is not sent."""
    return Call("GET", route, to_query(parameters, _LISTED))


def get(agent_id: str, agent_version: int | str | None) -> Call:
    """GET /v1/agents/{agent_id}, at its current version or another one."""
    path = routes.path_of(routes.AGENT, agent_id=agent_id)
    return Call("GET", path, to_query({"agent_version": agent_version}, _LISTED))


def delete(agent_id: str) -> Call:
    """DELETE /v1/agents/{agent_id}."""
    return Call("DELETE", routes.path_of(routes.AGENT, agent_id=agent_id))


def update_version(agent_id: str, version: int) -> Call:
    """PATCH /v1/agents/{agent_id}/version."""
    path = routes.path_of(routes.AGENT_VERSION, agent_id=agent_id)
    query = {"version": version}
    check_required(query, _ALIASED, "version")
    return Call("PATCH", path, to_query(query, _ALIASED))


def list_versions(agent_id: str, *, page: int | None, page_size: int | None) -> Call:
    """GET /v1/agents/{agent_id}/versions."""
    path = routes.path_of(routes.AGENT_VERSIONS, agent_id=agent_id)
    query = to_query({"page": page, "page_size": page_size}, _LISTED)
    return Call("GET", path, query)


def get_version(agent_id: str, version: int | str) -> Call:
    """GET /v1/agents/{agent_id}/versions/{version}."""
    text = str(to_json("version", version, {"version": a_version}))
    path = routes.path_of(routes.AGENT_AT_VERSION, agent_id=agent_id, version=text)
    return Call("GET", path)


def put_alias(agent_id: str, alias: str, version: int) -> Call:
    """PUT /v1/agents/{agent_id}/aliases."""
    return _alias("PUT", agent_id, {"alias": alias, "version": version})


def list_aliases(agent_id: str) -> Call:
    """GET /v1/agents/{agent_id}/aliases."""
    return _alias("GET", agent_id, {})


def delete_alias(agent_id: str, alias: str) -> Call:
    """DELETE /v1/agents/{agent_id}/aliases."""
    return _alias("DELETE", agent_id, {"alias": alias})


def _alias(method: str, agent_id: str, required: Parameters) -> Call:
    path = routes.path_of(routes.AGENT_ALIASES, agent_id=agent_id)
    check_required(required, _ALIASED, *required)
    return Call(method, path, to_query(required, _ALIASED))


_CHECKS: Checks = {
    **SETTINGS,
    "handoffs": each("the id of an agent", str),
    "deployment_chat": a_bool,
    "version_message": a_text,
}

_UPDATED: Checks = {
    **{name: or_null(check) for name, check in _CHECKS.items()},
    **{
        name: never_null(_CHECKS[name], "pass an empty one or leave it out")
        for name in ("tools", "completion_args")
    },
}

_LISTED: Checks = {
    "page": a_count(0),
    "page_size": a_count(1),
    "page_token": a_text,
    "deployment_chat": a_bool,
    "sources": not_empty(each("a str", str)),
    "name": a_text,
    "search": a_text,
    "id": a_text,
    "metadata": a_mapping,
    "agent_version": a_version,
}

_ALIASED: Checks = {"alias": a_text, "version": an_int}
