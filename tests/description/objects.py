"""Objects on the server whose ids a generator of requests cannot guess."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from tests.support.local.forms import FORM, form
from tests.support.local.http_caller import Caller

__all__ = ["CHOICES", "CONNECTOR", "SEED", "TALKS", "TOOL", "Objects"]

SEED = "Hello from the seed"
"""The input of a conversation that must be answered with a message."""

CONNECTOR, TOOL = "harbour", "tides"
"""A connector of the server, and its tool."""

_MODEL = "mistral-medium-latest"
_CONVERSATION = "/v1/conversations/{conversation_id}"

TALKS = {
    "POST /v1/conversations",
    f"POST {_CONVERSATION}",
    f"POST {_CONVERSATION}/restart",
}
"""Operations that a model answers, plainly or as a stream."""

CHOICES: Mapping[str, Mapping[str, Any]] = {
    "POST /v1/conversations": {
        "model": _MODEL,
        "agent_id": None,
        "agent_version": None,
    },
    "POST /v1/batch/jobs": {
        "endpoint": "/v1/conversations",
        "model": _MODEL,
        "agent_id": None,
        "input_files": None,
        "requests": [{"custom_id": "1", "body": {"inputs": SEED}}],
    },
}
"""Keys for operations that reject most generated bodies.

No schema says that a start takes only one of `model` and `agent_id`, and a job only one
of `requests` and `input_files`.
"""

_USER = {"share_with_uuid": "0e8f1a52-7c1d-4e6f-9a41-000000000000",
         "share_with_type": "User"}  # fmt: skip

Ids: TypeAlias = Mapping[str, str]


def _created(caller: Caller, path: str, body: object) -> Any:
    reply = caller.post(path, body)
    assert reply.status in {200, 201}, (path, reply.status, reply.body)
    return reply.json


def _uploaded(caller: Caller, path: str, name: str, content: bytes) -> Any:
    disposition = f'form-data; name="file"; filename="{name}"'
    body = form(content, disposition, "application/octet-stream")
    reply = caller.send("POST", path, body, FORM)
    assert reply.status in {200, 201}, (path, reply.status, reply.body)
    return reply.json


def _conversation(caller: Caller) -> Ids:
    body = {"inputs": SEED, "model": _MODEL}
    id_ = _created(caller, "/v1/conversations", body)["conversation_id"]
    return {"conversation_id": id_, "from_entry_id": caller.history(id_)[0]["id"]}


def _agent(caller: Caller) -> Ids:
    id_ = _created(caller, "/v1/agents", {"model": _MODEL, "name": "Poet"})["id"]
    caller.send("PATCH", f"/v1/agents/{id_}", {"name": "Cook"})
    caller.send("PUT", f"/v1/agents/{id_}/aliases?alias=stable&version=0")
    return {"agent_id": id_, "version": "0", "alias": "stable"}


def _library(caller: Caller) -> Ids:
    id_ = _created(caller, "/v1/libraries", {"name": "Skies"})["id"]
    path = f"/v1/libraries/{id_}"
    document = _uploaded(caller, f"{path}/documents", "sky.txt", b"The sky is blue.")
    caller.send("PUT", f"{path}/share", {**_USER, "level": "Viewer"})
    return {"library_id": id_, "document_id": document["id"], **_USER}


def _model(caller: Caller) -> Ids:
    return {"model_id": caller.get("/v1/models").json["data"][0]["id"]}


def _file(caller: Caller) -> Ids:
    line = {"custom_id": "1", "body": {"inputs": SEED, "model": _MODEL}}
    content = json.dumps(line).encode()
    return {"file_id": _uploaded(caller, "/v1/files", "batch.jsonl", content)["id"]}


def _job(caller: Caller) -> Ids:
    request = {"custom_id": "1", "body": {"inputs": SEED}}
    body = {"endpoint": "/v1/conversations", "model": _MODEL, "requests": [request]}
    return {"job_id": _created(caller, "/v1/batch/jobs", body)["id"]}


def _connector(_: Caller) -> Ids:
    return {"connector_id_or_name": CONNECTOR, "tool_name": TOOL}


_MAKERS: Mapping[str, Callable[[Caller], Ids]] = {
    "/v1/agents": _agent,
    "/v1/batch": _job,
    "/v1/connectors": _connector,
    "/v1/conversations": _conversation,
    "/v1/files": _file,
    "/v1/libraries": _library,
    "/v1/models": _model,
}


@attrs.define
class Objects:
    """The objects of one server, made when they are first needed."""

    _caller: Caller
    _kept: dict[str, Ids] = attrs.field(factory=dict)

    def ids(self, method: str, path: str) -> Ids:
        """Return the ids that a request may use, by name.

        A request that only reads gets the same objects as others; any other request
        gets objects of its own, which it may change and delete.
        """
        kind = "/".join(path.split("/")[:3])
        make = _MAKERS.get(kind)
        if make is None:
            return {}
        if method != "GET":
            return make(self._caller)
        if kind not in self._kept:
            self._kept[kind] = make(self._caller)
        return self._kept[kind]
