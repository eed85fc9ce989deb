"""Models of every class, with any values: JSON and back, pickles, copies."""

import copy
import json
import pickle
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    ConversationEvents,
    ConversationPage,
    ConversationResponse,
    Tools,
    from_dict,
    to_dict,
)
from mistral_conversations._wire.json import decode_json
from tests.support.comparison import thorough
from tests.support.drawn_models import drawn, kinds

any_object = st.sampled_from(kinds()).flatmap(
    lambda kind: st.tuples(st.just(kind), drawn(kind))
)


def test_classes_and_unions_are_found_in_the_code() -> None:
    assert {ConversationResponse, ConversationPage, ConversationEvents, Tools} <= {
        *kinds()
    }
    assert len(kinds()) > 120


@thorough
@given(any_object)
def test_an_object_is_the_same_after_json_pickles_and_copies(
    pair: tuple[Any, Any],
) -> None:
    kind, item = pair
    body = to_dict(item)
    for again in (
        *[from_dict(kind, body), from_dict(kind, decode_json(json.dumps(body)))],
        *[copy.copy(item), copy.deepcopy(item), attrs.evolve(item)],
        *[pickle.loads(pickle.dumps(item, protocol)) for protocol in (2, 5)],
    ):
        assert type(again) is type(item)
        assert again == item
        assert repr(again) == repr(item)
    assert to_dict(from_dict(kind, body)) == body
