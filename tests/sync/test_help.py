"""The output of `help()` for blocking methods."""

import inspect
import pydoc
import re
from collections.abc import Iterator
from typing import Any

import mistral_conversations
from mistral_conversations import Agents, Conversations, Documents
from tests.support.for_each import for_each

DELETE = """\
Python Library Documentation: function delete in module \
mistral_conversations.sync.conversations

delete(
    self,
    conversation_id: str,
    *,
    timeout: Timeout | float | None = None,
    retries: RetryPolicy | int | None = None,
    headers: Mapping[str, str] | None = None,
) -> None
    Blocking twin of `AsyncConversations.delete`.
"""
START = """\
(
    self,
    inputs: ConversationInputs,
    *,
    model: str | None = None,
    agent_id: str | None = None,
    agent_version: str | int | None = None,
    instructions: str | None = None,
    tools: Sequence[Tools | JSON] | None = None,
    completion_args: CompletionArgs | JSON | None = None,
    guardrails: Sequence[GuardrailConfig | JSON] | None = None,
    name: str | None = None,
    description: str | None = None,
    metadata: JSON | None = None,
    store: bool | None = None,
    handoff_execution: HandoffExecution | None = None,
    timeout: Timeout | float | None = None,
    retries: RetryPolicy | int | None = None,
    headers: Mapping[str, str] | None = None,
) -> ConversationResponse"""


def shown(thing: Any) -> str:
    return pydoc.plain(pydoc.render_doc(thing))


def twins() -> Iterator[tuple[Any, Any]]:
    """Yield the methods of async clients with their blocking twins."""
    for name in mistral_conversations.__all__:
        cls = getattr(mistral_conversations, name)
        if name.startswith("Async") and hasattr(cls, "with_options"):
            twin = getattr(mistral_conversations, name.removeprefix("Async"))
            for key, method in vars(cls).items():
                if inspect.isfunction(method) and not key.startswith("_"):
                    yield method, getattr(twin, key)


TWINS = list(twins())


def test_help_reads_as_that_of_a_plain_method() -> None:
    assert len(TWINS) > 40
    assert shown(Conversations.delete).startswith(DELETE)


def test_a_signature_has_a_parameter_a_line_and_names_aliases() -> None:
    assert str(inspect.signature(Conversations.start)) == START
    assert "\n    file: File,\n" in str(inspect.signature(Documents.upload))
    returned = str(inspect.signature(Agents.list_all)).rpartition("\n")[2]
    assert returned == ") -> Iterator[Agent]"
    streamed = str(inspect.signature(Conversations.append_stream))
    assert streamed.endswith("\n) -> ConversationStream")


def test_a_bound_method_has_the_signature_without_self() -> None:
    with Conversations("key") as client:
        text = str(inspect.signature(client.start))
    assert text == START.replace("    self,\n", "")


@for_each(("method", "twin"), TWINS)
def test_help_of_a_twin_is_the_help_of_its_method(method: Any, twin: Any) -> None:
    first, _, text = twin.__doc__.partition("\n\n")
    assert first == f"Blocking twin of `{method.__qualname__}`."
    plain = re.sub(
        r"\bawait |\basync (?=with|for)", "", inspect.cleandoc(method.__doc__)
    )
    assert text == plain.replace("Async", "").replace("aclose", "close")
    assert not re.search(r"\bawait\b|\basync (with|for)\b|\bAsync[A-Z]", text)
    assert max(map(len, shown(twin).splitlines()[2:])) <= 88
    assert inspect.signature(twin).parameters == inspect.signature(method).parameters
