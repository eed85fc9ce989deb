"""The errors of blocking runs."""

from mistral_conversations.errors import MistralConversationsError
from mistral_conversations.sync.portal import Portal

__all__ = ["make_blocking"]


def make_blocking(error: MistralConversationsError, portal: Portal) -> None:
    """Replace what an error of a run has to await by what blocks."""
    from mistral_conversations.runs.errors import RunLimitError  # noqa: PLC0415

    if isinstance(error, RunLimitError):
        error.make_blocking(portal.call)
