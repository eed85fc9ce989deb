"""`Mistral`: one blocking client of all parts of the API."""

from typing import TYPE_CHECKING

from mistral_conversations._public import publish
from mistral_conversations.client import AsyncMistral
from mistral_conversations.sync.api_client import BlockingAPIClient

if TYPE_CHECKING:
    from mistral_conversations.sync.agents import Agents
    from mistral_conversations.sync.batch_jobs import BatchJobs
    from mistral_conversations.sync.connectors import Connectors
    from mistral_conversations.sync.conversations import Conversations
    from mistral_conversations.sync.files import Files
    from mistral_conversations.sync.libraries import Libraries
    from mistral_conversations.sync.model_list import Models

__all__ = ["Mistral"]


class Mistral(BlockingAPIClient[AsyncMistral]):
    """Blocking twin of `AsyncMistral`, for notebooks, scripts and threads.

    Its parts share its key, its settings and its connections; closing it closes them.
    Threads and event loops work as in `Conversations`. The constructor takes the
    parameters of `Conversations`, and raises the same errors.

    Example:
        with Mistral() as mistral:
            agent = mistral.agents.create(model="mistral-medium-latest", name="A")
            response = mistral.conversations.start("Hello", agent_id=agent.id)
    """

    _async_class = AsyncMistral

    @property
    def conversations(self) -> "Conversations":
        """The client of conversations."""
        from mistral_conversations.sync.conversations import Conversations

        return self._view(Conversations, self._bridge.client.conversations)

    @property
    def agents(self) -> "Agents":
        """The client of agents."""
        from mistral_conversations.sync.agents import Agents

        return self._view(Agents, self._bridge.client.agents)

    @property
    def libraries(self) -> "Libraries":
        """The client of document libraries."""
        from mistral_conversations.sync.libraries import Libraries

        return self._view(Libraries, self._bridge.client.libraries)

    @property
    def files(self) -> "Files":
        """The client of files."""
        from mistral_conversations.sync.files import Files

        return self._view(Files, self._bridge.client.files)

    @property
    def models(self) -> "Models":
        """The client of the list of models."""
        from mistral_conversations.sync.model_list import Models

        return self._view(Models, self._bridge.client.models)

    @property
    def batch_jobs(self) -> "BatchJobs":
        """The client of batch jobs."""
        from mistral_conversations.sync.batch_jobs import BatchJobs

        return self._view(BatchJobs, self._bridge.client.batch_jobs)

    @property
    def connectors(self) -> "Connectors":
        """The client of connectors."""
        from mistral_conversations.sync.connectors import Connectors

        return self._view(Connectors, self._bridge.client.connectors)


publish(globals(), *__all__)
