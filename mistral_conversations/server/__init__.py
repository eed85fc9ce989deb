"""The API on this machine, to test programs against: `LocalServer`."""

from mistral_conversations.server.local_server import LocalServer
from mistral_conversations.server.pieces import (
    call,
    execute,
    fail,
    handoff,
    say,
    think,
)

__all__ = ["LocalServer", "call", "execute", "fail", "handoff", "say", "think"]
