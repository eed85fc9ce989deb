"""Keyword arguments that clients and operations do not take."""

import asyncio
import inspect
import traceback
from operator import attrgetter
from typing import Any

import pytest

import mistral_conversations
from mistral_conversations import (
    Agents,
    AsyncAgents,
    AsyncConversations,
    AsyncMistral,
    Conversations,
    Mistral,
)
from tests.support.for_each import for_each

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "start": ("Hi",),
    "append": ("conv_1", "Hi"),
    "restart": ("conv_1", "msg_1", "Hi"),
}
SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"temperature": 0.2}, '{"temperature": 0.2}'),
    ({"temperature": 0.2, "max_tokens": 5}, '{"temperature": 0.2, "max_tokens": 5}'),
    ({"colour": 1, "top_p": 1}, '{"top_p": 1}'),
    ({"reasoning_effort": "high"}, '{"reasoning_effort": "high"}'),
    ({"max_completion_tokens": 5}, '{"max_tokens": 5}'),
    ({"seed": 5}, '{"random_seed": 5}'),
    ({"stop": ["x" * 999]}, '{"stop": ...}'),
]
EVERYWHERE: list[tuple[dict[str, Any], str]] = [
    *(
        (
            given,
            f"`{next(k for k in given if k != 'colour')}`: use completion_args={use}",
        )
        for given, use in SETTINGS
    ),
    ({"messages": []}, "`messages`: pass the text or the entries as inputs"),
    ({"http_headers": {}}, "`http_headers`: use headers"),
    ({"timeout_ms": 5}, "`timeout_ms`: use timeout, in seconds"),
    ({"hedaers": {}}, "`hedaers`: did you mean `headers`?"),
    ({"colour": "blue"}, "takes no `colour`"),
]
SOMEWHERE: list[tuple[str, dict[str, Any], str]] = [
    ("start", {"system": "x"}, "`system`: use instructions"),
    ("start", {"conversation_id": "x"}, "`conversation_id`: use append()"),
    ("start", {"limit": 5}, "takes no `limit`"),
    ("start", {"output_type": int}, "`output_type`: use run() or run_stream()"),
    ("append", {"tools": []}, "`tools`: a conversation keeps the tools that it was"),
    ("append", {"model": "m"}, "`model`: a conversation keeps the model that it"),
    ("restart", {"instructions": "x"}, "a conversation keeps the instructions"),
]

OF_RUN: list[tuple[dict[str, Any], str]] = [
    ({"max_turns": 5}, "`max_turns`: use limits=RunLimits(max_turns=...)"),
    ({"max_steps": 5}, "`max_steps`: use limits=RunLimits(max_turns=...)"),
    ({"max_tool_calls": 5}, "`max_tool_calls`: use limits=RunLimits(max_calls=...)"),
    ({"max_tokens": 5}, "limits=RunLimits(max_tokens=...) for all answers together"),
    ({"threads": False}, "`threads`: use options=RunOptions(threads=...)"),
    ({"on_error": "raise"}, "`on_error`: use options=RunOptions(on_error=...)"),
    ({"functions": []}, "`functions`: use tools"),
    ({"response_format": {}}, "`response_format`: use output_type"),
    ({"result_type": int}, "`result_type`: use output_type"),
    ({"deps": 1}, "`deps`: use context"),
    ({"thread_id": "x"}, "`thread_id`: use conversation_id"),
    ({"temperature": 0.2}, '`temperature`: use completion_args={"temperature": 0.2}'),
    ({"outputtype": int}, "`outputtype`: did you mean `output_type`?"),
]


@for_each(("given", "message"), OF_RUN)
def test_an_unknown_keyword_of_a_run(given: dict[str, Any], message: str) -> None:
    for cls in (AsyncConversations, Conversations):
        with pytest.raises(TypeError) as caught:
            asyncio.run(cls("key").run("Hi", model="m", **given))  # type: ignore[arg-type]
        assert str(caught.value).startswith(f"{cls.__name__}.run() takes no `")
        assert str(caught.value).endswith(message)


def refusals(name: str, given: dict[str, Any]) -> list[str]:
    """Return the errors of both clients, of the plain call and of the stream."""
    arguments, found = ARGUMENTS[name], []
    for cls in (AsyncConversations, Conversations):
        for method in (name, f"{name}_stream"):
            with pytest.raises(TypeError) as caught:
                asyncio.run(getattr(cls("key"), method)(*arguments, **given))
            text = str(caught.value)
            assert text.startswith(f"{cls.__name__}.{method}() takes no `")
            found.append(text)
    return found


@for_each("name", ARGUMENTS)
@for_each(("given", "message"), EVERYWHERE)
def test_an_unknown_keyword_names_what_to_use(
    name: str, given: dict[str, Any], message: str
) -> None:
    assert all(text.endswith(message) for text in refusals(name, given))


@for_each(("name", "given", "message"), SOMEWHERE)
def test_an_unknown_keyword_of_one_operation(
    name: str, given: dict[str, Any], message: str
) -> None:
    assert all(message in text for text in refusals(name, given))


@for_each("name", ARGUMENTS)
def test_a_stream_has_an_operation_of_its_own(name: str) -> None:
    for cls in (AsyncConversations, Conversations):
        with pytest.raises(TypeError, match=rf"`stream`: use {name}_stream\(\)"):
            asyncio.run(getattr(cls("key"), name)(*ARGUMENTS[name], stream=True))


@pytest.mark.parametrize("name", ["list", "list_all"])
def test_a_list_is_read_by_pages(name: str) -> None:
    for cls in (AsyncConversations, Conversations):
        with pytest.raises(TypeError, match=r"`limit`: use page_size"):
            asyncio.run(getattr(cls("key"), name)(limit=5))


@pytest.mark.parametrize("cls", [AsyncAgents, Agents])
def test_an_agent_has_its_settings_in_completion_args(cls: Any) -> None:
    message = rf"{cls.__name__}.create\(\) takes no `top_p`: use completion_args="
    with pytest.raises(TypeError, match=message):
        asyncio.run(cls("key").create(model="m", name="n", top_p=1))
    with pytest.raises(TypeError, match="did you mean `instructions`"):
        asyncio.run(cls("key").update("ag_1", instruction="Be kind"))


CLIENTS = [
    cls
    for name in mistral_conversations.__all__
    if hasattr(cls := getattr(mistral_conversations, name), "with_options")
]


@for_each("cls", CLIENTS)
@for_each(
    ("name", "remedy"),
    [
        ("apikey", ": did you mean `api_key`?"),
        ("server_url", ": use base_url"),
        ("timeout_ms", ": use timeout, in seconds"),
        ("max_retries", ": use retries"),
        ("colour", ""),
    ],
)
def test_an_unknown_keyword_of_a_client_names_the_client(
    cls: Any, name: str, remedy: str
) -> None:
    with pytest.raises(TypeError) as caught:
        cls(**{name: "secret-key"})
    assert str(caught.value) == f"{cls.__name__}() takes no `{name}`{remedy}"
    shown = traceback.TracebackException.from_exception(
        caught.value, capture_locals=True
    )
    assert all("/tests/" in frame.filename for frame in shown.stack)


def test_signatures_show_no_other_keywords() -> None:
    for cls in (AsyncConversations, Conversations):
        for called in (cls, cls.start, cls.append_stream, cls.list_all):
            kinds = [p.kind for p in inspect.signature(called).parameters.values()]
            assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert inspect.iscoroutinefunction(AsyncConversations.start)


@for_each("cls", CLIENTS)
def test_a_client_takes_its_settings_by_name(cls: Any) -> None:
    with pytest.raises(TypeError) as caught:
        cls("key", "https://example.org")
    name = cls.__name__
    expected = f"{name}() takes only api_key by position: pass the others by name"
    assert str(caught.value) == expected
    with pytest.raises(TypeError, match=r"with_options\(\) takes nothing by pos"):
        cls("key").with_options("other-key")
    with pytest.raises(TypeError) as caught:
        cls("key").with_options(tiemout=5)
    refused = f"{name}.with_options() takes no `tiemout`: did you mean `timeout`?"
    assert str(caught.value) == refused


OPERATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("conversations.get", {"colour": 1}, "takes no `colour`"),
    ("conversations.get", {"id": "c"}, "takes no `id`: use conversation_id"),
    ("conversations.delete", {"timeout_ms": 1}, "`timeout_ms`: use timeout, in"),
    ("conversations.get_history", {"limit": 1}, "takes no `limit`"),
    ("conversations.list", {"after": "c"}, "`after`: use page, or list_all()"),
    ("conversations.list", {"per_page": 5}, "`per_page`: use page_size"),
    ("conversations.list_all", {"after": "c"}, "leave it out, list_all() reads every"),
    ("conversations.list_all", {"offset": 5}, "leave it out, list_all() reads every"),
    ("conversations.list_all", {"page": 2}, "leave it out, list_all() reads every"),
    ("conversations.start", {"temprature": 1}, "`temperature` of completion_args?"),
    ("conversations.start_stream", {"stream": True}, "start_stream() always streams"),
    ("agents.list", {"page_sise": 5}, "did you mean `page_size`?"),
    ("agents.list_all", {"cursor": "x"}, "leave it out, list_all() reads every page"),
    ("agents.get", {"colour": 1}, "takes no `colour`"),
    ("libraries.create", {"colour": 1}, "takes no `colour`"),
    ("libraries.documents.upload", {"file_name": "a"}, "`file_name`: use name"),
    ("libraries.list", {"page": 1}, "`page`: use page_token, or list_all()"),
    ("connectors.list", {"page": 1}, "`page`: use cursor, or list_all()"),
    ("files.download", {"path": "a"}, "`path`: use to"),
    ("libraries.accesses.list", {"colour": 1}, "takes no `colour`"),
]


@for_each("cls", [AsyncMistral, Mistral])
@for_each(("place", "given", "message"), OPERATIONS)
def test_an_unknown_keyword_of_any_operation(
    cls: Any, place: str, given: dict[str, Any], message: str
) -> None:
    method = attrgetter(place)(cls("key"))
    with pytest.raises(TypeError) as caught:
        asyncio.run(method("x", **given))
    text = str(caught.value)
    assert text.startswith(f"{method.__qualname__}() takes no `")
    assert message in text
    assert ("Async" in text) == (cls is AsyncMistral)


@pytest.mark.parametrize("cls", [AsyncConversations, Conversations])
def test_a_missing_argument_names_the_client(cls: Any) -> None:
    client = cls("key")
    for method, given in [(client.get, ()), (client.start, ()), (client.append, ())]:
        name = rf"^{cls.__name__}.{method.__name__}\(\) missing 1 required positional"
        with pytest.raises(TypeError, match=name):
            asyncio.run(method(*given))
    with pytest.raises(TypeError, match=r"restart_stream\(\) missing 2"):
        client.restart_stream()
