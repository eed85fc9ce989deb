"""Every async class has a blocking twin that differs by the rules alone."""

import asyncio
import inspect
import re
import typing
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Self

import pytest

import mistral_conversations
from mistral_conversations import (
    AsyncAccesses,
    AsyncAgents,
    AsyncBatchJobs,
    AsyncConnectors,
    AsyncConversations,
    AsyncConversationStream,
    AsyncDocuments,
    AsyncFiles,
    AsyncLibraries,
    AsyncMistral,
)

RENAMED = {
    "aclose": "close",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}
LEFT_OUT = {"session"}
SPECIAL = {"__init__", "__repr__", *RENAMED, *RENAMED.values()}

Twins = Mapping[type, type | None]


def twins_of(module: Any) -> Twins:
    """Map the async classes of a module to their twins, None where there is none."""
    names = [name for name in module.__all__ if name.startswith("Async")]
    return {
        getattr(module, name): getattr(module, name.removeprefix("Async"), None)
        for name in names
    }


TWINS = twins_of(mistral_conversations)


def members(cls: type) -> dict[str, Any]:
    """Return the public members of a class, inherited ones included."""
    found = {name: inspect.getattr_static(cls, name) for name in dir(cls)}
    return {
        name: member
        for name, member in found.items()
        if (name in SPECIAL or not name.startswith("_"))
        and member is not inspect.getattr_static(object, name, None)
    }


def translated(annotation: Any, twins: Twins | None) -> Any:
    """Return the annotation that the twin has for this one."""
    if twins is None:
        return annotation
    if isinstance(annotation, str):
        return re.sub(r"\bAsync(?=[A-Z])", "", annotation)
    if typing.get_origin(annotation) is AsyncIterator:
        items = (translated(each, twins) for each in typing.get_args(annotation))
        return Iterator[tuple(items)]  # type: ignore[misc]
    if isinstance(annotation, type) and annotation in twins:
        return twins[annotation]
    return annotation


def shape(member: Any, twins: Twins | None = None) -> list[Any]:
    """Return the signature of a member; with `twins`, that of its twin."""
    if isinstance(member, property):
        return ["property", *shape(member.fget, twins)]
    signature = inspect.signature(member)
    return [
        type(member).__name__,
        *(
            (each.name, each.kind, each.default, translated(each.annotation, twins))
            for each in signature.parameters.values()
            if twins is None or each.name not in LEFT_OUT
        ),
        translated(signature.return_annotation, twins),
    ]


def differences(cls: type, twin: type, twins: Twins) -> list[str]:
    """Return where a twin breaks the rules."""
    wanted = {RENAMED.get(name, name): each for name, each in members(cls).items()}
    found = members(twin)
    if is_made_by_a_method(cls, twins):
        del wanted["__init__"], found["__init__"]
    return [
        *(f"{name} is on one side alone" for name in wanted.keys() ^ found.keys()),
        *(
            f"{name}: {wished} on the async side, {has} on the other"
            for name in wanted.keys() & found.keys()
            if (wished := shape(wanted[name], twins)) != (has := shape(found[name]))
        ),
    ]


def is_made_by_a_method(cls: type, twins: Twins) -> bool:
    """Return whether a method creates the class; then its `__init__` is private."""
    return any(
        LAZY.get(annotation := returned(member), annotation) is cls
        for other in twins.keys() - {cls}
        for member in members(other).values()
        if inspect.isfunction(member)
    )


def returned(member: Any) -> Any:
    """Return the annotation of what a function returns."""
    return inspect.signature(member).return_annotation


@pytest.mark.parametrize("cls", TWINS, ids=lambda cls: cls.__name__)
def test_async_class_has_a_twin_in_the_public_names(cls: type) -> None:
    twin = TWINS[cls]
    assert twin is not None
    assert twin.__name__ in mistral_conversations.__all__


@pytest.mark.parametrize("cls", TWINS, ids=lambda cls: cls.__name__)
def test_twin_differs_only_by_the_rules(cls: type) -> None:
    twin = TWINS[cls]
    assert twin is not None
    assert differences(cls, twin, TWINS) == []


LAZY: dict[Any, Any] = {
    name: getattr(mistral_conversations, name)
    for name in (
        "Approve",
        "AsyncBatch",
        "AsyncChat",
        "AsyncRelay",
        "AsyncRunStream",
        "Batch",
        "BatchJobsHandle",
        "BatchProgress",
        "BatchRequests",
        "Chat",
        "FunctionEndInfo",
        "FunctionStartInfo",
        "Hook",
        "Recovery",
        "Relay",
        "RequestInfo",
        "ResponseInfo",
        "RetryInfo",
        "RunInfo",
        "RunLimits",
        "RunOptions",
        "RunPaused",
        "RunResult",
        "RunStream",
        "RunTools",
        "StreamInfo",
        "Telemetry",
    )
}
"""What signatures name by a string, since few programs import it."""


@pytest.mark.parametrize("cls", TWINS, ids=lambda cls: cls.__name__)
def test_type_hints_of_a_twin_are_those_of_its_signature(cls: type) -> None:
    for name, member in members(TWINS[cls] or cls).items():
        if not isinstance(member, property):
            annotation = inspect.signature(member).return_annotation
            hints = typing.get_type_hints(member, localns=LAZY)
            wanted = LAZY.get(annotation, annotation)
            assert hints["return"] == (wanted or type(None)), name


@pytest.mark.parametrize("cls", TWINS, ids=lambda cls: cls.__name__)
def test_nothing_of_a_twin_is_to_be_awaited(cls: type) -> None:
    for name, member in members(TWINS[cls] or cls).items():
        called = inspect.unwrap(getattr(member, "fget", member), stop=has_signature)
        assert not inspect.iscoroutinefunction(called), name
        assert not inspect.isasyncgenfunction(called), name


def has_signature(function: Any) -> bool:
    return hasattr(function, "__signature__")


def test_the_classes_of_today_are_found() -> None:
    assert {AsyncConversations, AsyncConversationStream} <= TWINS.keys()
    assert {AsyncMistral, AsyncAgents, AsyncLibraries} <= TWINS.keys()
    assert {AsyncDocuments, AsyncAccesses, AsyncFiles, AsyncBatchJobs} <= TWINS.keys()
    assert AsyncConnectors in TWINS
    found = members(AsyncConversations)
    assert {"__init__", "start", "list_all", "with_options", "aclose"} <= found.keys()
    assert {"__anext__", "text", "usage"} <= members(AsyncConversationStream).keys()
    assert {"list_all", "with_options", "aclose"} <= members(AsyncAgents).keys()
    assert {"documents", "accesses", "__init__"} <= members(AsyncLibraries).keys()
    assert {"conversations", "agents"} <= members(AsyncMistral).keys()


class AsyncToy:
    """A class whose twins below each break one rule."""

    def __init__(self, key: str, *, session: object = None, limit: int = 0) -> None:
        pass

    @property
    def size(self) -> int:
        return 0

    async def __aenter__(self) -> Self:
        return self

    async def get(self, name: str, *, times: int = 1) -> str:
        await asyncio.sleep(0)
        return name * times

    def items(self) -> AsyncIterator[str]:
        raise NotImplementedError

    def other(self) -> "AsyncToy":
        return self

    async def aclose(self) -> None:
        pass


class Toy:
    def __init__(self, key: str, *, limit: int = 0) -> None:
        pass

    @property
    def size(self) -> int:
        return 0

    def __enter__(self) -> Self:
        return self

    def get(self, name: str, *, times: int = 1) -> str:
        return name * times

    def items(self) -> Iterator[str]:
        raise NotImplementedError

    def other(self) -> "Toy":
        return self

    def close(self) -> None:
        pass


class OtherDefault(Toy):
    def get(self, name: str, *, times: int = 2) -> str:
        return name * times


class OtherKind(Toy):
    def get(self, name: str, times: int = 1) -> str:
        return name * times


class OtherName(Toy):
    def get(self, title: str, *, times: int = 1) -> str:
        return title * times


class OtherAnnotation(Toy):
    def get(self, name: object, *, times: int = 1) -> str:
        return str(name) * times


class OtherReturn(Toy):
    def get(self, name: str, *, times: int = 1) -> Any:
        return name * times


class OtherItems(Toy):
    def items(self) -> Iterator[Any]:
        raise NotImplementedError


class BareItems(Toy):
    def items(self) -> Iterator:  # type: ignore[type-arg]
        raise NotImplementedError


class KeepsSession(Toy):
    def __init__(self, key: str, *, session: object = None, limit: int = 0) -> None:
        pass


class MethodForProperty(Toy):
    def size(self) -> int:  # type: ignore[override]
        return 0


class OneMore(Toy):
    def put(self) -> None:
        pass


class ClosesByTheOtherName:
    __init__, size, get = Toy.__init__, Toy.size, Toy.get
    items, other, aclose = Toy.items, Toy.other, Toy.close
    __enter__ = Toy.__enter__


class LacksOne:
    __init__, size, items = Toy.__init__, Toy.size, Toy.items
    other, close, __enter__ = Toy.other, Toy.close, Toy.__enter__


BROKEN = {
    OtherDefault: "get",
    OtherKind: "get",
    OtherName: "get",
    OtherAnnotation: "get",
    OtherReturn: "get",
    OtherItems: "items",
    BareItems: "items",
    KeepsSession: "__init__",
    MethodForProperty: "size",
    OneMore: "put",
    LacksOne: "get",
}


def test_a_true_twin_has_no_differences() -> None:
    assert differences(AsyncToy, Toy, {AsyncToy: Toy}) == []


@pytest.mark.parametrize("twin", BROKEN, ids=lambda twin: twin.__name__)
def test_a_twin_that_breaks_a_rule_is_reported(twin: type) -> None:
    (difference,) = differences(AsyncToy, twin, {AsyncToy: Toy})
    assert difference.startswith(BROKEN[twin])


def test_a_twin_that_kept_an_async_name_is_reported() -> None:
    found = differences(AsyncToy, ClosesByTheOtherName, {AsyncToy: Toy})
    assert sorted(each.partition(" ")[0] for each in found) == ["aclose", "close"]


def test_an_async_class_without_a_twin_is_reported() -> None:
    module = type("Module", (), {"__all__": ["AsyncToy"], "AsyncToy": AsyncToy})
    assert twins_of(module) == {AsyncToy: None}
