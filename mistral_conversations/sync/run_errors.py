"""The errors of blocking runs."""

from mistral_conversations.sync.portal import Portal

__all__ = ["make_blocking"]


def make_blocking(error: Exception, portal: Portal) -> None:
    """Replace what an error of a run has to await by what blocks."""
    from mistral_conversations.runs.errors import RunLimitError  # noqa: PLC0415

    if isinstance(error, RunLimitError):
        error.make_blocking(portal.call)
