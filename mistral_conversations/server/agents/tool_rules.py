"""What the service refuses about tools, beyond the API description: observed rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from mistral_conversations.server.web.checks import exactly, problem
from mistral_conversations.server.web.failures import JSONObject, unprocessable

__all__ = ["refuse_choice", "refuse_tools"]

_WEB_SEARCHES = {"web_search", "web_search_premium"}
_BUILT_IN = _WEB_SEARCHES | {"code_interpreter", "image_generation", "document_library"}
_CHOICE = ("body", "completion_args", "tool_choice")

# The description also lists "any", which conversations refuse.
_tool_choice = exactly("auto", "none", "required")


def refuse_tools(tools: Sequence[JSONObject]) -> None:
    """Refuse tools that exclude each other.

    Raises:
        RefusalError: the service has been observed to answer 422.
    """
    if _types(tools) >= _WEB_SEARCHES:
        message = "Value error, use web_search or web_search_premium, not both"
        raise unprocessable([problem("value_error", ("body", "tools"), message, tools)])


def refuse_choice(
    tools: Sequence[JSONObject], completion_args: Mapping[str, Any] | None
) -> None:
    """Refuse a choice of tools, if the service has none such or the tools exclude it.

    Raises:
        RefusalError: as in `refuse_tools`.
    """
    choice = (completion_args or {}).get("tool_choice", "auto")
    found = [*_tool_choice(choice, _CHOICE)]
    built_in = _types(tools) & _BUILT_IN
    if choice == "required" and built_in:
        message = (
            "Value error, tool_choice 'required' needs functions as the only tools, "
            f"but found {', '.join(sorted(built_in))}"
        )
        found.append(problem("value_error", _CHOICE, message, choice))
    if found:
        raise unprocessable(found)


def _types(tools: Sequence[JSONObject]) -> set[str]:
    return {tool["type"] for tool in tools}
