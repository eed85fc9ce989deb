"""Every operation of every async client, found in the classes themselves."""

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs

import mistral_conversations
from mistral_conversations import BatchRequest
from mistral_conversations._api_client import APIClient
from mistral_conversations._wire import routes
from tests.support.downloads import CONTENT

__all__ = ["OPERATIONS", "SEGMENTS", "Operation", "outcome"]

SEGMENTS = {
    name
    for route in routes.__all__
    if route.isupper()
    for name in re.findall(r"{(\w+)}", getattr(routes, route))
} | {"job"}
"""The parameters that become segments of a path; `job` may be the id of a job."""

NO_OPERATIONS = {
    "aclose": "sends nothing",
    "batch": "sends nothing before it is iterated",
    "chat": "sends nothing",
    "chat_from_json": "sends nothing",
    "download_all": "takes its ids from an answer",
    "recover": "takes an error",
    "with_options": "sends nothing",
}


def look(place: str) -> str:
    """Look at a place."""
    return place


ARGUMENTS: Mapping[str, Any] = {
    "inputs": "Hi",
    "model": "m",
    "from_entry_id": "msg_1",
    "tools": [look],
    "name": "sky.txt",
    "file": CONTENT,
    "alias": "stable",
    "version": 2,
    "arguments": {"place": "Oslo"},
    "requests": [BatchRequest.conversation("sky", "Why?")],
    "level": "Viewer",
    "share_with_uuid": "1",
    "share_with_type": "User",
    "job": "job_1",
}
"""A value for each parameter that an operation needs."""

CHOSEN: Mapping[str, set[str]] = {
    "start": {"model"},
    "start_stream": {"model"},
    "run": {"inputs", "model", "tools"},
    "run_stream": {"inputs", "model", "tools"},
    "create": {"requests"},
    "upload": {"name"},
}
"""Optional parameters without which an operation rejects its call."""


@attrs.frozen
class Operation:
    """A method of an async client that sends a request."""

    cls: type[Any]
    name: str
    parameters: Mapping[str, inspect.Parameter]

    def __str__(self) -> str:
        return f"{self.cls.__name__}.{self.name}"

    @property
    def segments(self) -> list[str]:
        """The parameters that become segments of the path."""
        if "tools" in self.chosen:
            return ["conversation_id"]
        known = [name for name in self.parameters if name in SEGMENTS]
        texts = [n for n in known if "str" in str(self.parameters[n].annotation)]
        return [name for name in texts if self._is_needed(name)]

    @property
    def chosen(self) -> Collection[str]:
        """The optional parameters without which it would reject its call."""
        return CHOSEN.get(self.name, set()) & self.parameters.keys()

    def _is_needed(self, name: str) -> bool:
        return self.parameters[name].default is inspect.Parameter.empty

    def call(self, client: APIClient, **segments: Any) -> Any:
        """Call it with these values for segments, and any for what else it needs."""
        names = {name for name in self.parameters if self._is_needed(name)}
        given = {name: ARGUMENTS.get(name, "id_1") for name in names | {*self.chosen}}
        if segments.get("conversation_id") is not None:
            given.pop("model", None)  # which the conversation has
        return getattr(client, self.name)(**{**given, **segments})


def _operations() -> Iterator[Operation]:
    for public in mistral_conversations.__all__:
        cls = getattr(mistral_conversations, public)
        if not (isinstance(cls, type) and issubclass(cls, APIClient)):
            continue
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            if name[0] != "_" and name not in NO_OPERATIONS:
                _self, *parameters = inspect.signature(method).parameters.values()
                found = {each.name: each for each in parameters}
                yield Operation(cls, name, found)


OPERATIONS = list(_operations())


async def outcome(called: Any) -> Any:
    """Wait for what an operation returned: an answer, a stream, a run, or pages."""
    for name in ("response", "result"):
        if hasattr(called, name) and hasattr(called, "aclose"):
            return await getattr(called, name)()
    if hasattr(called, "__anext__"):
        return [each async for each in called]
    return await called
