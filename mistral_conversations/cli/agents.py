"""The commands `agents`: list, create, show, change and delete agents."""

import argparse
import shlex
from collections.abc import Mapping
from difflib import get_close_matches
from inspect import signature
from typing import Any

from mistral_conversations import Agent, ConfigurationError, Mistral
from mistral_conversations.cli.items import delete_each, write_items, write_json
from mistral_conversations.cli.parser import program
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table
from mistral_conversations.cli.terminal import one_line, report

__all__ = ["create", "delete", "list_agents", "show", "update"]

_TABLE = Table[Agent](
    [
        ("ID", 35),
        ("CHANGED (UTC)", 23),
        ("MODEL", 24),
        ("VER", 3),
        ("NAME", 0),
    ],
    lambda agent: (agent.id, agent.updated_at, agent.model, agent.version, agent.name),
)
_OPTIONS = (
    "name",
    "model",
    "instructions",
    "description",
    "handoffs",
    "completion_args",
)
_OF_A_CALL = {"agent_id", "timeout", "retries", "headers"}


def list_agents(arguments: argparse.Namespace) -> int:
    """List agents at their current versions."""
    with mistral_client() as client:
        found = client.agents.list_all(search=arguments.search)
        write_items(_TABLE, found, as_json=arguments.json)
    return 0


def create(arguments: argparse.Namespace) -> int:
    """Create an agent."""
    with mistral_client() as client:
        agent = _sent(client.agents.create, **_settings(client, arguments))
    write_items(_TABLE, [agent])
    id_ = shlex.quote(one_line(agent.id))
    report(f"chat with it: {program()} chat --agent {id_}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Show an agent as JSON."""
    with mistral_client() as client:
        agent = client.agents.get(arguments.agent_id)
    write_json(agent)
    return 0


def update(arguments: argparse.Namespace) -> int:
    """Change an agent."""
    with mistral_client() as client:
        settings = _settings(client, arguments)
        if not settings:
            raise ConfigurationError("nothing to change: add an option, such as --name")
        agent = _sent(client.agents.update, arguments.agent_id, **settings)
    write_items(_TABLE, [agent])
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete agents; if one cannot be deleted, continue with the others."""
    with mistral_client() as client:
        return delete_each(arguments.agent_ids, client.agents.delete)


def _settings(client: Mistral, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters that the options and `--settings` name."""
    given = {name: getattr(arguments, name) for name in _OPTIONS}
    given["tools"] = _tools(arguments)
    settings = {name: value for name, value in given.items() if value is not None}
    _check_further(arguments.settings, settings, client)
    return {**settings, **arguments.settings}


def _check_further(
    further: Mapping[str, Any], settings: Mapping[str, Any], client: Mistral
) -> None:
    known = [*signature(client.agents.update).parameters]
    known = [name for name in known if name not in _OF_A_CALL]
    for name in further:
        if name in settings:
            raise ConfigurationError(f"--settings: {name} has an option, too: drop one")
        if name not in known:
            close = get_close_matches(name, known, 1)
            similar = f"; did you mean {close[0]!r}?" if close else ""
            raise ConfigurationError(f"--settings: no parameter {name!r}{similar}")


def _tools(arguments: argparse.Namespace) -> list[Any] | None:
    given = arguments.tools or []
    tools = [tool for tool in given if not isinstance(tool, str)]
    if names := [tool for tool in given if isinstance(tool, str)]:
        # Functions need the machinery of runs.
        from mistral_conversations.cli.tools import load_tools  # noqa: PLC0415

        tools += load_tools(names).sent or []
    if arguments.libraries:
        ids = arguments.libraries
        tools.append({"type": "document_library", "library_ids": ids})
    return tools or None


def _sent(send: Any, *given: Any, **settings: Any) -> Agent:
    """Send a call; a value that the client rejects is a usage error."""
    try:
        agent: Agent = send(*given, **settings)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(str(error)) from None
    return agent
