"""The command `agents`: list the agents."""

import argparse

from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import row
from mistral_conversations.cli.terminal import write
from mistral_conversations.cli.wording import time

__all__ = ["list_agents"]


def list_agents(_arguments: argparse.Namespace) -> int:
    """List all agents at their current versions."""
    with mistral_client() as client:
        for agent in client.agents.list_all():
            moment = time(agent.updated_at)
            about = (agent.model, 24), (agent.version, 3), (agent.name, 0)
            write(row((agent.id, 35), (moment, 23), *about))
    return 0
