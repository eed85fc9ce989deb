"""The making of a chat: from its parameters, or from JSON text."""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations.chat.async_chat import AsyncChat
from mistral_conversations.chat.client import ChatClient
from mistral_conversations.chat.settings import ChatSettings, Position, check_place
from mistral_conversations.chat.state import ChatState
from mistral_conversations.runs.streaming.course import RunCourse

__all__ = ["new_chat", "restored_chat"]


def new_chat(
    client: ChatClient, parameters: Mapping[str, Any], conversation_id: str | None
) -> AsyncChat:
    """Return a chat that has sent nothing; check its parameters.

    Raises:
        TypeError, ValueError: a parameter, named in the message, is unusable.
    """
    parameters = {**parameters, "conversation_id": conversation_id}
    check_place(parameters)
    settings = ChatSettings.of(parameters)
    _check(client, settings.parameters)
    position = Position(conversation_id=conversation_id)
    return AsyncChat(client, settings, ChatState(position=position))


def restored_chat(
    client: ChatClient, text: str | bytes, given: Mapping[str, Any]
) -> AsyncChat:
    """Return a chat that was saved as JSON text.

    Raises:
        TypeError, ValueError: the text or a parameter is unusable.
    """
    from mistral_conversations.chat.saved_chat import load  # noqa: PLC0415

    parameters, state = load(text, given)
    settings = ChatSettings.of(parameters)
    position = attrs.evolve(state.position, paused=None)
    _check(client, settings.for_turn(position))
    return AsyncChat(client, settings, state)


def _check(client: ChatClient, parameters: Mapping[str, Any]) -> None:
    """Check the parameters of a turn, and the request that they make.

    The tools of MCP servers are left out: a chat may be made before they are opened.

    Raises:
        TypeError, ValueError: a parameter, named in the message, is unusable.
    """
    tools = attrs.evolve(parameters["tools"], sources={})
    RunCourse(client.run("checked", {**parameters, "tools": tools}))
