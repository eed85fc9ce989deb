"""Scripts and troubles that no request used, and how servers and troubles are shown."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mistral_conversations.server import (
    LocalServer,
    Trouble,
    call,
    execute,
    fail,
    say,
)
from tests.support.for_each import for_each
from tests.support.local.http_caller import Caller

Use = Callable[[LocalServer, Caller], object]


def _all(*uses: Use) -> Use:
    """Return one use after another."""

    def use(server: LocalServer, caller: Caller) -> None:
        for each in uses:
            each(server, caller)

    return use


def _play(model: Any) -> Use:
    return lambda server, _: setattr(server, "model", model)


def _inflict(trouble: Trouble, **options: Any) -> Use:
    return lambda server, _: server.inflict(trouble, **options)


def _start(_: LocalServer, caller: Caller) -> None:
    caller.start()


def _ask_badly(_: LocalServer, caller: Caller) -> None:
    assert caller.start(inputs=5).status == 422


def _start_guarded(server: LocalServer, caller: Caller) -> None:
    """Ask a model whose next turn then waits for a confirmation."""
    server.model = [[execute("web_search"), say("Found")], say("Denied")]
    configuration = {"requires_confirmation": ["web_search"]}
    tool = {"type": "web_search", "tool_configuration": configuration}
    caller.start(tools=[tool])


def _confirm(word: str) -> Use:
    def use(server: LocalServer, caller: Caller) -> None:
        [conversation] = server.conversations
        said = {
            "tool_call_id": conversation.entries[-1]["tool_call_id"],
            "confirmation": word,
        }
        caller.append(conversation.id, tool_confirmations=[said])

    return use


def _ask_again(server: LocalServer, caller: Caller) -> None:
    assert caller.append(server.conversations[0].id, inputs="More").status == 200


def _start_unstored(_: LocalServer, caller: Caller) -> None:
    configuration = {"requires_confirmation": ["f"]}
    tool = {"type": "web_search", "tool_configuration": configuration}
    caller.start(tools=[tool], store=False)


def _forgive(server: LocalServer, _: Caller) -> None:
    server.forgive()


DOWN = Trouble(status=503)
USED: dict[str, Use] = {
    "nothing": _all(),
    "a script": _all(_play([say("a"), "b"]), _start, _start),
    "a function": _play(lambda *_: "a"),
    "a trouble": _all(_inflict(DOWN), _start),
    "two requests": _all(_inflict(DOWN, times=2), _start, _start),
    "endless trouble": _all(_inflict(DOWN, times=None), _start),
    "a failed turn": _all(_play([fail("a", status=500)]), _start),
    "an allowed turn": _all(_start_guarded, _confirm("allow"), _ask_again),
    "a denied turn": _all(_start_guarded, _confirm("deny")),
    "a replaced turn": _all(_start_guarded, _play(None)),
    "forgiven": _all(_inflict(DOWN), _forgive),
    "replaced": _all(_play(["a"]), _play(None)),
}
UNUSED: dict[str, tuple[Use, str]] = {
    "a script": (
        _play([say("Hello"), [call("f", x=1)]]),
        r"model\[0\]: .*Hello.*\n- model\[1\]: .*name='f'",
    ),
    "the last turn": (
        _all(_play(["a", "b"]), _start),
        r"LocalServer:\n- model\[1\]: .*'b'.*$",
    ),
    "the rest of a turn": (
        _start_guarded,
        r"LocalServer:\n- the rest of a turn that waits .*'web_search'.*'Found'",
    ),
    "the rest of a turn that is not stored": (
        _all(_play([[execute("f"), say("Found")]]), _start_unstored),
        r"LocalServer:\n- the rest of a turn .*'Found'.*$",
    ),
    "a long turn": (_play([["a" * 5000, "b"]]), r"- model\[0\]: .*aaa\.\.\.$"),
    "a trouble": (_inflict(DOWN), r"Trouble\(status=503\) for 1 more request$"),
    "a request": (
        _all(_inflict(DOWN, times=3), _start),
        r"Trouble\(status=503\) for 2 more requests$",
    ),
    "a condition": (
        _all(_inflict(Trouble(stall=True), times=None, when=lambda _: False), _start),
        r"Trouble\(stall=True\), which no request met$",
    ),
    "a refused request": (_all(_play(["a"]), _ask_badly), r"model\[0\]"),
}


@pytest.mark.parametrize("use", USED.values(), ids=USED)
def test_strict_server_accepts_what_was_used(use: Use) -> None:
    with LocalServer(strict=True) as server:
        use(server, Caller(server.base_url))


@pytest.mark.parametrize(("use", "message"), UNUSED.values(), ids=UNUSED)
def test_strict_server_names_what_was_not_used(use: Use, message: str) -> None:
    server = LocalServer(strict=True)
    with pytest.raises(AssertionError, match=message), server:
        use(server, Caller(server.base_url))
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.base_url
    server.model = None
    server.forgive()
    with server:
        assert Caller(server.base_url).start().status == 200


@pytest.mark.parametrize(("use", "_"), UNUSED.values(), ids=UNUSED)
def test_other_servers_do_not_mind(use: Use, _: str) -> None:
    with LocalServer() as server:
        use(server, Caller(server.base_url))


def test_strict_server_on_a_loop_names_what_was_not_used() -> None:
    async def main() -> None:
        async with LocalServer([say("a")], strict=True):
            pass

    with pytest.raises(AssertionError, match=r"model\[0\]"):
        asyncio.run(main())


@for_each("error", [KeyError, KeyboardInterrupt, pytest.skip.Exception])
def test_another_exception_takes_precedence(error: type[BaseException]) -> None:
    with pytest.raises(error), LocalServer([say("a")], strict=True):
        raise error


def test_strict_is_a_flag() -> None:
    wrong: Any = "yes"
    with pytest.raises(TypeError, match="strict must be"):
        LocalServer(strict=wrong)


def test_server_shows_its_address_state_and_conversations() -> None:
    server = LocalServer(api_key="canary")
    assert repr(server) == "<LocalServer not running, 0 conversations>"
    with server:
        caller = Caller(server.base_url, "canary")
        caller.start()
        assert repr(server) == f"<LocalServer {server.base_url}, 1 conversation>"
        caller.start()
        assert repr(server) == f"<LocalServer {server.base_url}, 2 conversations>"
        assert str(server) == repr(server)
    assert repr(server) == "<LocalServer not running, 2 conversations>"


def test_server_that_was_never_made_can_be_shown() -> None:
    server = LocalServer.__new__(LocalServer)
    assert repr(server) == "<LocalServer, not initialized>"


@pytest.mark.parametrize(
    ("trouble", "shown"),
    [
        (Trouble(), "Trouble()"),
        (Trouble(status=429, retry_after=1.5), "Trouble(status=429, retry_after=1.5)"),
        (Trouble(cut="reset", after_events=3), "Trouble(after_events=3, cut='reset')"),
        (
            Trouble(status=500, headers={"X": "1"}),
            "Trouble(status=500, headers={'X': '1'})",
        ),
        (Trouble(error="a", error_code=5), "Trouble(error='a', error_code=5)"),
        (Trouble(status=200, body={"a": [1]}), "Trouble(status=200, body={'a': [1]})"),
        (Trouble(stall=True, delay=0), "Trouble(stall=True)"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_trouble_shows_what_goes_wrong(trouble: Trouble, shown: str) -> None:
    assert repr(trouble) == shown
    assert "status" in shown or eval(shown, {"Trouble": Trouble}) == trouble


def test_long_body_of_a_trouble_is_shortened() -> None:
    shown = repr(Trouble(status=500, body=b"x" * 10_000_000))
    assert shown.startswith("Trouble(status=500, body=b'xxx")
    assert len(shown) < 300
