"""Models from objects by compiled code: what `__init__` would have made."""

import pickle
from typing import Any

import attrs
import pytest
from cattrs import Converter

from mistral_conversations import (
    ConversationResponse,
    ConversationUsageInfo,
    MessageOutputEntry,
    MessageOutputEvent,
)
from mistral_conversations._wire.compiled import compiled_hook
from mistral_conversations._wire.converter import structure_hook
from mistral_conversations.models.model import Model
from tests.support.bodies import delta, response, without


@attrs.frozen(kw_only=True, repr=False)
class Box(Model):
    label: str
    count: int = 3
    parts: tuple[str, ...] = attrs.field(factory=tuple)


def fit(data: Any) -> Any:
    return compiled_hook(Box, Converter())(data, Box)


def test_a_model_equals_what_init_makes() -> None:
    hook = structure_hook(MessageOutputEvent)
    made = hook(delta("Hi"), MessageOutputEvent)
    fields = {f.name: getattr(made, f.name) for f in attrs.fields(MessageOutputEvent)}
    twin = MessageOutputEvent(**fields)
    assert (made, hash(made), repr(made)) == (twin, hash(twin), repr(twin))
    assert pickle.loads(pickle.dumps(made)) == made
    assert attrs.evolve(made, content="Ho").content == "Ho"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.content = "Ho"


def test_what_is_absent_or_null_has_its_default() -> None:
    assert fit({"label": "a"}) == Box(label="a", count=3, parts=())
    assert fit({"label": "a", "count": None, "parts": None}) == Box(label="a")


def test_defaults_are_not_shared() -> None:
    first, second = fit({"label": "a"}), fit({"label": "b"})
    assert first.extra == second.extra == {}
    assert first.extra is not second.extra


def test_other_keys_are_extra_but_for_nulls() -> None:
    box = fit({"label": "a", "colour": "red", "smell": None, "count": None})
    assert box.extra == {"colour": "red"}


@pytest.mark.parametrize("data", [{}, {"label": None}, {"count": 1}])
def test_a_required_key_that_is_missing_is_a_misfit(data: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="label"):
        fit(data)


@pytest.mark.parametrize("data", [None, [], "text", 1])
def test_what_is_no_object_is_a_misfit(data: Any) -> None:
    with pytest.raises(TypeError, match="expected an object, got"):
        fit(data)


def test_an_answer_has_no_meta_yet() -> None:
    made = structure_hook(ConversationResponse)(response(), ConversationResponse)
    assert made.meta is None
    bare = structure_hook(ConversationResponse)(
        without(response(), "usage"), ConversationResponse
    )
    assert bare.usage == ConversationUsageInfo()


def test_hooks_are_made_once_for_a_class() -> None:
    assert structure_hook(MessageOutputEntry) is structure_hook(MessageOutputEntry)
