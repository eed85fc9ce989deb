"""The commands on agents."""

from typing import TYPE_CHECKING

from mistral_conversations.cli import values
from mistral_conversations.cli.command import (
    CommandParser,
    add_command,
    add_group,
    add_json,
)

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["add_agents"]


def add_agents(commands: "Commands") -> None:
    """Add the commands on agents."""
    summary = "List, create, show, change and delete agents."
    subcommands = add_group(commands, "agents", summary, "Agents.")
    text = "List the agents: id, time of the last change, model, version, name."
    example = "--search weather"
    listed = add_command(subcommands, "list", "agents.list_agents", text, example)
    listed.add_argument(
        "--search", type=values.text, metavar="TEXT", help="only agents that match TEXT"
    )
    add_json(listed)
    _add_create(subcommands)
    text = "Show an agent as JSON."
    _add_agent(add_command(subcommands, "show", "agents.show", text, "ag_0123"))
    _add_update(subcommands)
    text = "Delete agents."
    delete = add_command(subcommands, "delete", "agents.delete", text, "ag_0123")
    delete.add_argument(
        "agent_ids",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="the ids of the agents",
    )


def _add_create(commands: "Commands") -> None:
    text = "Create an agent."
    example = "--name Guide --model mistral-small-latest"
    create = add_command(commands, "create", "agents.create", text, example)
    _add_settings(create, is_new=True)


def _add_update(commands: "Commands") -> None:
    text = "Change an agent, which then has a new version."
    example = "ag_0123 --instructions @guide.md"
    update = add_command(commands, "update", "agents.update", text, example)
    _add_agent(update)
    _add_settings(update, is_new=False)


def _add_agent(command: CommandParser) -> None:
    command.add_argument(
        "agent_id", type=values.text, metavar="ID", help="the id of the agent"
    )


def _add_settings(command: CommandParser, *, is_new: bool) -> None:
    command.add_argument(
        "--name", type=values.text, required=is_new, help="the name of the agent"
    )
    command.add_argument("--model", type=values.text, required=is_new, help="the model")
    command.add_argument(
        "--instructions",
        type=values.text_or_file,
        metavar="TEXT",
        help="the system instructions; @FILE reads them from a file, and @@ begins a "
        "text with an @",
    )
    command.add_argument(
        "--description", type=values.text, metavar="TEXT", help="a description"
    )
    _add_tools(command)
    command.add_argument(
        "--handoffs",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="the agents to which this one may hand over",
    )
    command.add_argument(
        "--completion-args",
        type=values.object_or_file,
        metavar="JSON",
        help='a JSON object such as {"temperature": 0.2}; @FILE reads it from a file',
    )
    command.add_argument(
        "--settings",
        type=values.object_or_file,
        default={},
        metavar="JSON",
        help="further parameters of the API, such as guardrails and metadata, in a "
        "JSON object or @FILE; null removes a value in an update",
    )


def _add_tools(command: CommandParser) -> None:
    command.add_argument(
        "--tools",
        type=values.agent_tool,
        nargs="+",
        action="extend",
        metavar="TOOL",
        help=f"{', '.join(values.BUILT_IN)}, a JSON object, or MODULE:NAME, a Python "
        "function that the agent may call (see `chat --tools`); in an update, these "
        "and --libraries replace all tools",
    )
    command.add_argument(
        "--libraries",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="document libraries that the agent may search",
    )
