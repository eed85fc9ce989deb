"""The decisions of the user about open calls."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_conversations import OpenCall
    from mistral_conversations.cli.keyboard import Keyboard

__all__ = ["decide_calls"]


def decide_calls(calls: "Sequence[OpenCall]", keyboard: "Keyboard") -> None:
    """Ask for the result of each call, or whether it may run.

    Raises:
        EOFError: the user leaves.
    """
    if calls:
        # Few chats have calls, and its imports take a while.
        from mistral_conversations.cli.decision import decide  # noqa: PLC0415

        for call in calls:
            decide(call, keyboard.ask)
