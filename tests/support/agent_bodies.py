"""Bodies of agents in the observed shapes, with this project's own values."""

from typing import Any

from tests.support.bodies import LATER, TIME

__all__ = ["AGENT_ID", "agent", "agent_list_page", "agents", "alias"]

AGENT_ID = "ag_019f0000000000000000000000000011"

Body = dict[str, Any]


def agent(number: int | None = None, **others: Any) -> Body:
    """Return an agent as observed: without `versions`, and with null arguments."""
    return {
        "object": "agent",
        "id": AGENT_ID if number is None else f"ag_{number:032x}",
        "version": 0,
        "created_at": TIME,
        "updated_at": LATER,
        "model": "mistral-small-latest",
        "name": "weather desk",
        "description": None,
        "instructions": "Tell the weather.",
        "tools": [{"type": "web_search"}],
        "completion_args": {
            "stop": None,
            "temperature": 0.5,
            "prediction": None,
            "tool_choice": "auto",
        },
        "handoffs": None,
        **others,
    }


def agents(*numbers: int) -> list[Body]:
    """Return a page of the list with page numbers, or of the list of versions."""
    return [agent(number) for number in numbers]


def agent_list_page(*numbers: int, token: str | None = None, **others: Any) -> Body:
    """Return a page of the list with page tokens."""
    return {
        "object": "list",
        "data": agents(*numbers),
        "next_page_token": token,
        **others,
    }


def alias(name: str = "stable", version: int = 2, **others: Any) -> Body:
    return {
        "alias": name,
        "version": version,
        "created_at": TIME,
        "updated_at": LATER,
        **others,
    }
