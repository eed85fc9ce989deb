"""The operations of the clients, against the published description.

The description is compared with signatures, and with the requests that the tests of
the operations found on the wire.
"""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from mistral_conversations import (
    UNSET,
    AsyncAccesses,
    AsyncAgents,
    AsyncBatchJobs,
    AsyncConnectors,
    AsyncDocuments,
    AsyncFiles,
    AsyncLibraries,
    AsyncModels,
)
from tests import (
    test_accesses,
    test_agents,
    test_batch_jobs,
    test_connectors,
    test_documents,
    test_files,
    test_libraries,
    test_model_list,
)
from tests.support.api_description import (
    built_paths,
    described_paths,
    problems,
    schemas,
)
from tests.support.for_each import for_each
from tests.support.published_operations import NO_METHOD

LIBRARY = "/v1/libraries/{library_id}"
DOCUMENT = f"{LIBRARY}/documents/{{document_id}}"
AGENT = "/v1/agents/{agent_id}"
CONNECTOR = "/v1/connectors/{connector_id_or_name}"
FILE = "/v1/files/{file_id}"

OPERATIONS: Mapping[tuple[str, str], tuple[type, str]] = {
    ("POST", "/v1/agents"): (AsyncAgents, "create"),
    ("GET", "/v1/agents"): (AsyncAgents, "list"),
    ("GET", "/v1/agents/pages"): (AsyncAgents, "list_pages"),
    ("GET", AGENT): (AsyncAgents, "get"),
    ("PATCH", AGENT): (AsyncAgents, "update"),
    ("DELETE", AGENT): (AsyncAgents, "delete"),
    ("PATCH", f"{AGENT}/version"): (AsyncAgents, "update_version"),
    ("GET", f"{AGENT}/versions"): (AsyncAgents, "list_versions"),
    ("GET", f"{AGENT}/versions/{{version}}"): (AsyncAgents, "get_version"),
    ("PUT", f"{AGENT}/aliases"): (AsyncAgents, "create_or_update_alias"),
    ("GET", f"{AGENT}/aliases"): (AsyncAgents, "list_aliases"),
    ("DELETE", f"{AGENT}/aliases"): (AsyncAgents, "delete_alias"),
    ("GET", "/v1/libraries"): (AsyncLibraries, "list"),
    ("POST", "/v1/libraries"): (AsyncLibraries, "create"),
    ("GET", LIBRARY): (AsyncLibraries, "get"),
    ("PATCH", LIBRARY): (AsyncLibraries, "update"),
    ("DELETE", LIBRARY): (AsyncLibraries, "delete"),
    ("GET", f"{LIBRARY}/share"): (AsyncAccesses, "list"),
    ("PUT", f"{LIBRARY}/share"): (AsyncAccesses, "update_or_create"),
    ("DELETE", f"{LIBRARY}/share"): (AsyncAccesses, "delete"),
    ("GET", f"{LIBRARY}/documents"): (AsyncDocuments, "list"),
    ("POST", f"{LIBRARY}/documents"): (AsyncDocuments, "upload"),
    ("GET", DOCUMENT): (AsyncDocuments, "get"),
    ("PATCH", DOCUMENT): (AsyncDocuments, "update"),
    ("DELETE", DOCUMENT): (AsyncDocuments, "delete"),
    ("GET", f"{DOCUMENT}/text_content"): (AsyncDocuments, "text_content"),
    ("GET", f"{DOCUMENT}/status"): (AsyncDocuments, "status"),
    ("GET", f"{DOCUMENT}/signed-url"): (AsyncDocuments, "signed_url"),
    ("GET", f"{DOCUMENT}/extracted-text-signed-url"): (
        AsyncDocuments,
        "extracted_text_signed_url",
    ),
    ("POST", f"{DOCUMENT}/reprocess"): (AsyncDocuments, "reprocess"),
    ("GET", "/v1/models"): (AsyncModels, "list"),
    ("GET", "/v1/models/{model_id}"): (AsyncModels, "retrieve"),
    ("GET", "/v1/batch/jobs"): (AsyncBatchJobs, "list"),
    ("POST", "/v1/batch/jobs"): (AsyncBatchJobs, "create"),
    ("GET", "/v1/batch/jobs/{job_id}"): (AsyncBatchJobs, "get"),
    ("DELETE", "/v1/batch/jobs/{job_id}"): (AsyncBatchJobs, "delete"),
    ("POST", "/v1/batch/jobs/{job_id}/cancel"): (AsyncBatchJobs, "cancel"),
    ("GET", "/v1/connectors"): (AsyncConnectors, "list"),
    ("GET", CONNECTOR): (AsyncConnectors, "get"),
    ("GET", f"{CONNECTOR}/tools"): (AsyncConnectors, "list_tools"),
    ("GET", f"{CONNECTOR}/auth_url"): (AsyncConnectors, "get_auth_url"),
    ("GET", f"{CONNECTOR}/authentication_methods"): (
        AsyncConnectors,
        "get_authentication_methods",
    ),
    ("POST", f"{CONNECTOR}/tools/{{tool_name}}/call"): (AsyncConnectors, "call_tool"),
    ("GET", "/v1/files"): (AsyncFiles, "list"),
    ("POST", "/v1/files"): (AsyncFiles, "upload"),
    ("GET", FILE): (AsyncFiles, "retrieve"),
    ("DELETE", FILE): (AsyncFiles, "delete"),
    ("GET", f"{FILE}/content"): (AsyncFiles, "download"),
    ("GET", f"{FILE}/url"): (AsyncFiles, "get_signed_url"),
}
OURS = {
    *["self", "timeout", "retries", "headers"],
    *["content_type", "progress", "to"],
}
DEPRECATED: Mapping[tuple[str, str], set[str]] = {
    ("GET", "/v1/libraries"): {"page", "filter_owned_by_me"},
}
"""Deprecated parameters that no method has, by operation."""

CHOSEN: Mapping[tuple[str, str], set[str]] = {
    ("POST", "/v1/batch/jobs"): {"endpoint"},
}
"""Required parameters for which this library chooses a default, by operation."""

ABOUT_THE_FILE = {"name"}
"""A parameter of `upload` that goes into the form beside the file."""


def described(method: str, path: str) -> Any:
    return described_paths()[path][method.lower()]


def resolved(schema: Any) -> Any:
    reference = schema.get("$ref")
    return schema if reference is None else schemas()[reference.rpartition("/")[2]]


def body_schema(method: str, path: str) -> Any:
    """Return the schema of a body; None if there must be no body."""
    content = described(method, path).get("requestBody", {}).get("content", {})
    return next((resolved(each["schema"]) for each in content.values()), None)


def schema_of(parameter: Any) -> Any:
    if "content" in parameter:
        return parameter["content"]["application/json"]["schema"]
    return parameter["schema"]


def parameters(method: str, path: str) -> list[Any]:
    """Return the parameters; an object in a query is sent as one for each of its keys.

    That is OpenAPI's default, style `form`, exploded. The default of the object has
    keys that its schema lacks.
    """
    found: list[Any] = []
    for each in described(method, path).get("parameters", ()):
        schema = schema_of(each)
        keys = resolved(schema).get("properties")
        if each["in"] != "query" or keys is None:
            found.append(each)
            continue
        keys = {**{key: {"type": "boolean"} for key in schema["default"]}, **keys}
        found += [{**each, "name": name, "schema": keys[name]} for name in keys]
    return found


def fields(method: str, path: str) -> dict[str, tuple[Any, bool]]:
    """Return the parameters by name: the schema, and whether it is required."""
    found = {
        each["name"]: (schema_of(each), bool(each.get("required")))
        for each in parameters(method, path)
        if each["name"] not in DEPRECATED.get((method, path), ())
    }
    body = body_schema(method, path) or {}
    required = set(body.get("required", ()))
    return found | {
        name: (schema, name in required)
        for name, schema in body.get("properties", {}).items()
    }


def parameters_of(method: str, path: str) -> dict[str, inspect.Parameter]:
    cls, name = OPERATIONS[method, path]
    found = inspect.signature(getattr(cls, name)).parameters
    about_the_file = ABOUT_THE_FILE if name == "upload" else set()
    return {
        name: each for name, each in found.items() if name not in OURS | about_the_file
    }


def test_every_operation_of_the_description_is_a_method() -> None:
    described_ones = {
        (method.upper(), path)
        for path, methods in built_paths().items()
        for method in methods
        if not path.startswith("/v1/conversations")
    }
    assert described_ones == OPERATIONS.keys()
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)


def test_operations_without_a_method_are_described_and_have_none() -> None:
    for method, path in NO_METHOD:
        assert described(method, path)
    assert not NO_METHOD.keys() & OPERATIONS.keys()
    assert all(described(*place)["deprecated"] for place in NO_METHOD)


def test_parameters_that_are_left_out_are_deprecated() -> None:
    for place, names in DEPRECATED.items():
        deprecated = {
            each["name"]
            for each in described(*place)["parameters"]
            if each.get("deprecated")
        }
        assert names <= deprecated


@for_each(("method", "path"), OPERATIONS)
def test_parameters_have_the_descriptions_names(method: str, path: str) -> None:
    assert parameters_of(method, path).keys() == fields(method, path).keys()


@for_each(("method", "path"), OPERATIONS)
def test_parameters_have_the_descriptions_defaults(method: str, path: str) -> None:
    """A default of the service is ours too, or is left to it: nothing is sent."""
    given = parameters_of(method, path)
    for name, (schema, required) in fields(method, path).items():
        default = given[name].default
        if name in CHOSEN.get((method, path), ()):
            assert problems(default, schema, name) == []
        elif required:
            assert default is inspect.Parameter.empty, name
        elif name in {"page", "page_size"}:
            assert default == schema["default"], name
        else:
            assert default in {None, UNSET}, name


UPDATES = [place for place, (_, name) in OPERATIONS.items() if name == "update"]


@for_each(("method", "path"), UPDATES)
def test_what_may_be_null_is_annotated_so(method: str, path: str) -> None:
    given = parameters_of(method, path)
    for name, (schema, required) in fields(method, path).items():
        nullable = {"type": "null"} in schema.get("anyOf", ())
        assert ("None" in str(given[name].annotation)) == nullable, name
        assert ("Unset" in str(given[name].annotation)) != required, name


def value_of(texts: list[str], parameter: Any) -> Any:
    """Read what a query has for a parameter, by its schema."""
    schema = schema_of(parameter)
    choices = schema.get("anyOf", [schema])
    kinds = {choice.get("type") for choice in choices}
    if "array" in kinds:
        return texts
    (text,) = texts
    if "content" in parameter or "boolean" in kinds:
        return json.loads(text)
    if "integer" in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def exploded_schema(asked: Mapping[str, Any]) -> Any:
    """Return the schema of the object whose pairs are parameters of their own."""
    (schema,) = (
        schema_of(each)
        for each in asked.values()
        if "content" not in each
        and any(
            choice.get("type") == "object"
            for choice in schema_of(each).get("anyOf", [schema_of(each)])
        )
    )
    return schema


WIRE = [
    wanted
    for module in (
        *(test_agents, test_libraries, test_accesses, test_documents),
        *(test_model_list, test_batch_jobs, test_connectors, test_files),
    )
    for *_, wanted in module.WIRE
]


def route_of(method: str, path: str) -> str:
    """Return the described path for a path; one without ids comes first."""
    for found, route in sorted(OPERATIONS, key=lambda each: each[1].count("{")):
        if found == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path):
            return route
    raise LookupError(path)


@for_each("wanted", WIRE)
def test_a_request_is_what_the_description_asks_for(wanted: Any) -> None:
    method, path, query, body = wanted
    route = route_of(method, path)
    asked = {
        each["name"]: each
        for each in parameters(method, route)
        if each["in"] == "query"
    }
    exploded = {key: text for key, (text, *_) in query.items() if key not in asked}
    query = {key: texts for key, texts in query.items() if key in asked}
    assert not exploded or problems(exploded, exploded_schema(asked)) == []
    assert {name for name, each in asked.items() if each["required"]} <= query.keys()
    for name, texts in query.items():
        value = value_of(texts, asked[name])
        assert problems(value, schema_of(asked[name]), name) == []
    schema = body_schema(method, route)
    assert (schema is None) == (body is None)
    found = [] if schema is None else problems(body, schema)
    # It was seen not to be needed to take an access away, and has no meaning there.
    needless = ["$.level is missing"] if method == "DELETE" else []
    assert found == ([] if schema is None else needless)


def test_all_operations_with_json_have_such_a_request() -> None:
    seen = {(method, route_of(method, path)) for method, path, *_ in WIRE}
    assert OPERATIONS.keys() - seen == {
        ("POST", f"{LIBRARY}/documents"),
        ("POST", "/v1/files"),
        ("GET", f"{FILE}/content"),
    }


def test_the_checks_of_this_module_can_fail() -> None:
    (size,) = (
        each
        for each in described("GET", "/v1/agents")["parameters"]
        if each["name"] == "page_size"
    )
    for text in ("0", "1001", "many"):
        assert problems(value_of([text], size), schema_of(size))
    assert problems({"name": "n"}, body_schema("POST", "/v1/agents"))
    assert problems({"tools": None}, body_schema("PATCH", AGENT))
    assert problems({"level": "Viewer"}, body_schema("PUT", f"{LIBRARY}/share"))
