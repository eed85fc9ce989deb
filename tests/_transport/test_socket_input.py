"""Whether anything waits in the socket of a connection."""

import asyncio
import select
import socket

import pytest

from mistral_conversations._transport.socket_input import has_input

pytestmark = pytest.mark.anyio


class Held(asyncio.BaseTransport):
    """A transport that reads nothing from its socket."""

    def __init__(self, sock: socket.socket | None) -> None:
        super().__init__(None if sock is None else {"socket": sock})


@pytest.mark.parametrize("poll", [True, False], ids=["poll", "select"])
def test_bytes_and_an_end_are_input(
    monkeypatch: pytest.MonkeyPatch, *, poll: bool
) -> None:
    if not poll:  # as on Windows
        monkeypatch.delattr(select, "poll")
    for event in ("bytes", "end"):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert not has_input(Held(ours))
            if event == "bytes":
                theirs.send(b"\0")
            else:
                theirs.close()
            assert has_input(Held(ours))


def test_closed_socket_has_input_and_none_has_not() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    assert has_input(Held(ours))
    assert not has_input(Held(None))
    assert not has_input(None)
