"""The parameters of clients and their methods in `help()`."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import mistral_conversations
from mistral_conversations import AsyncConversations, AsyncLibraries, Conversations
from mistral_conversations._signature import ReadableSignature, readable_signatures
from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each

GET = """\
(
    self,
    conversation_id: str,
    *,
    timeout: Timeout | float | None = None,
    retries: RetryPolicy | int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Conversation"""


def callables() -> Iterator[Any]:
    """Yield the clients, whose constructors are called, and their own methods."""
    for name in mistral_conversations.__all__:
        cls = getattr(mistral_conversations, name)
        if hasattr(cls, "with_options"):
            yield cls
            for key, method in vars(cls).items():
                if inspect.isfunction(method) and not key.startswith("_"):
                    yield method


CALLABLES = list(callables())


@for_each("called", CALLABLES)
def test_each_parameter_has_a_line(called: Callable[..., Any]) -> None:
    signature = inspect.signature(called)
    lines = str(signature).splitlines()
    assert len(lines) >= len(signature.parameters) + 2
    assert max(map(len, lines)) <= 88
    assert "mistral_conversations." not in str(signature)


def test_a_signature_names_aliases() -> None:
    assert len(CALLABLES) > 80
    assert str(inspect.signature(AsyncConversations.get)) == GET
    kept = "\n    owner_type: EntityType | None = None,\n"
    assert kept in str(inspect.signature(AsyncLibraries.create))
    made = str(inspect.signature(AsyncConversations))
    assert made.startswith("(\n    api_key: APIKey | None = None,\n    *,\n")
    assert "\n    inputs: ConversationInputs,\n" in str(
        inspect.signature(AsyncConversations.start)
    )


@for_each("cls", [AsyncConversations, Conversations])
def test_a_class_that_is_imported_late_has_no_quotes(cls: Any) -> None:
    shown = str(inspect.signature(cls.run))
    assert "\n    inputs: ConversationInputs | RunPaused | None = None,\n" in shown
    assert "\n    limits: RunLimits | None = None,\n" in shown
    assert shown.endswith("\n) -> RunResult")


def test_newer_pythons_show_the_same() -> None:
    signature = inspect.signature(AsyncConversations.get)
    assert isinstance(signature, ReadableSignature)
    assert signature.format(max_width=60, quote_annotation_strings=False) == GET


def test_a_signature_without_annotations_is_shown() -> None:
    signature = ReadableSignature.of(lambda key, *, size=1: (key, size))
    assert str(signature) == "(\n    key,\n    *,\n    size=1,\n)"


def test_private_methods_are_left_alone() -> None:
    @readable_signatures
    class Shown:
        def public(self, key: str) -> None: ...
        def _private(self, key: str) -> None: ...

    assert (
        str(inspect.signature(Shown.public)) == "(\n    self,\n    key: str,\n) -> None"
    )
    assert str(inspect.signature(Shown._private)) == "(self, key: str) -> None"


def test_the_model_of_a_server_is_shown_by_its_name() -> None:
    shown = str(inspect.signature(LocalServer))
    assert "model: 'Model | None' = None" in shown
    assert "models: 'ListedModels | None' = None" in shown
    assert len(shown) < 500
