"""`UNSET`: one false value that marks parameters left out."""

import copy
import pickle
from inspect import signature
from typing import Any

import pytest

import mistral_conversations
from mistral_conversations import UNSET, AsyncAgents, AsyncDocuments, AsyncLibraries
from mistral_conversations.models.unset import Unset, set_values
from tests.support.for_each import for_each


def test_it_is_one_thing_whatever_is_done_with_it() -> None:
    assert mistral_conversations.UNSET is UNSET is Unset.UNSET
    assert isinstance(UNSET, mistral_conversations.Unset)
    for again in (copy.copy(UNSET), copy.deepcopy(UNSET)):
        assert again is UNSET
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(UNSET, protocol)) is UNSET


def test_it_is_false_and_shows_its_name() -> None:
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    falses: list[Any] = [None, False, 0, "", "UNSET"]
    assert UNSET not in falses


def test_there_is_no_other() -> None:
    assert list(Unset) == [UNSET]
    with pytest.raises(TypeError):
        Unset()  # type: ignore[call-arg]


def test_only_what_is_unset_is_left_out() -> None:
    values: dict[str, Any] = {"a": None, "b": False, "c": "", "d": 0, "e": []}
    assert set_values({**values, "f": UNSET}) == values


@for_each("cls", [AsyncAgents, AsyncLibraries, AsyncDocuments])
def test_all_fields_of_an_update_are_unset_unless_given(cls: Any) -> None:
    options = {"self", "agent_id", "library_id", "document_id"}
    options |= {"timeout", "retries", "headers"}
    fields = {
        name: parameter.default
        for name, parameter in signature(cls.update).parameters.items()
        if name not in options
    }
    assert len(fields) >= 2
    assert set(fields.values()) == {UNSET}
    assert "=UNSET" in str(signature(cls.update)).replace(" = ", "=")
