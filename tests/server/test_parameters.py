"""Parameters that a server, or a piece of a turn, rejects on construction."""

from collections.abc import Callable

import pytest

from mistral_conversations.server import (
    LocalServer,
    call,
    execute,
    fail,
    handoff,
    say,
    think,
)
from tests.support.for_each import for_each


@for_each(
    "make",
    [
        lambda: say(7),  # type: ignore[arg-type]
        lambda: say({"text": "no type"}),
        lambda: think(None),  # type: ignore[arg-type]
        lambda: call("f", x=object()),
        lambda: execute("web_search", info={"x": {1}}),
        lambda: LocalServer("text"),
        lambda: LocalServer(say("one piece")),  # type: ignore[arg-type]
        lambda: LocalServer([[say("a"), None]]),  # type: ignore[list-item]
    ],
)
def test_what_is_no_script_is_a_type_error(make: Callable[[], object]) -> None:
    with pytest.raises(TypeError):
        make()


@for_each(
    "make",
    [
        lambda: fail("No", status=200),
        lambda: say("\ud800"),
        lambda: LocalServer([[fail("No"), say("more")]]),
    ],
)
def test_what_cannot_be_played_is_a_value_error(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()


@for_each(
    ("make", "name"),
    [
        (lambda: LocalServer(latency="x"), "latency"),  # type: ignore[arg-type]
        (lambda: LocalServer(latency=None), "latency"),  # type: ignore[arg-type]
        (lambda: LocalServer(api_key=5), "api_key"),  # type: ignore[arg-type]
        (lambda: LocalServer(api_key=b"key"), "api_key"),  # type: ignore[arg-type]
        (lambda: LocalServer(port="80"), "port"),  # type: ignore[arg-type]
        (lambda: LocalServer(port=80.0), "port"),  # type: ignore[arg-type]
        (lambda: LocalServer(host=None), "host"),  # type: ignore[arg-type]
        (lambda: fail("x", code="y"), "code"),  # type: ignore[arg-type]
        (lambda: fail("x", code=True), "code"),
        (lambda: fail(5), "fail"),  # type: ignore[arg-type]
        (lambda: handoff("a", previous=5), "previous"),  # type: ignore[arg-type]
        (lambda: handoff(5), "handoff"),  # type: ignore[arg-type]
    ],
)
def test_parameter_of_another_type_is_named(
    make: Callable[[], object], name: str
) -> None:
    with pytest.raises(TypeError, match=name):
        make()


@for_each(
    ("make", "name"),
    [
        (lambda: LocalServer(port=70000), "port"),
        (lambda: LocalServer(port=2**16), "port"),
        (lambda: LocalServer(port=-1), "port"),
        (lambda: LocalServer(latency=-0.1), "latency"),
        (lambda: LocalServer(latency=float("nan")), "latency"),
        (lambda: handoff("a", previous="\ud800"), "previous"),
    ],
)
def test_parameter_out_of_range_is_named(make: Callable[[], object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        make()
