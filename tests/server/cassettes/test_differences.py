import copy
import math
import random
import re
from itertools import islice
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mistral_conversations.server.cassettes.differences import (
    ABSENT,
    differences,
    path_of_member,
)
from mistral_conversations.server.cassettes.fingerprints import canonical
from mistral_conversations.server.cassettes.paths import Paths
from tests.server.cassettes.test_fingerprints import shuffled
from tests.support.comparison import any_json, thorough
from tests.support.json_places import places_in
from tests.support.odd_json import nested, odd_values


def told(recorded: Any, sent: Any) -> list[str]:
    return [str(difference) for difference in differences(recorded, sent)]


def has_unseen(value: Any) -> bool:
    """Return whether a text has a control character, which the library rejects."""
    return re.search(r"\\u00[01]", canonical(value)) is not None


@pytest.mark.parametrize(
    ("recorded", "sent", "texts"),
    [
        ({"a": "Hello"}, {"a": "Hallo"}, ['$.a: recorded "Hello", sent "Hallo"']),
        ({"a": True}, {}, ["$.a: only in the recording, true"]),
        ({}, {"a": None}, ["$.a: only in the request, null"]),
        ({"a": True}, {"a": 1}, ["$.a: recorded true, sent 1"]),
        ({"a": [0, True]}, {"a": [0, 1]}, ["$.a[1]: recorded true, sent 1"]),
        (1, "1", ['$: recorded 1, sent "1"']),
        ([math.nan, 1], [math.nan, 1.0], []),
        ([[math.nan], math.nan], [[math.nan], 2], ["$[1]: recorded NaN, sent 2"]),
        ({"a": []}, {"a": {}}, ["$.a: recorded [], sent {}"]),
        ([1, 2, 3], [1, 9, 2, 3], ["$[1]: only in the request, 9"]),
        ([1, 9, 2, 3], [1, 2, 3], ["$[1]: only in the recording, 9"]),
        ([1, 2], [1, 2, 3], ["$[2]: only in the request, 3"]),
        ([1, 1], [1], ["$[1]: only in the recording, 1"]),
        ([], [{}], ["$[0]: only in the request, {}"]),
        ([{"a": 1}, 2], [{"a": 3}, 2], ["$[0].a: recorded 1, sent 3"]),
        ([1, 2], [2, 1], ["$[0]: recorded 1, sent 2", "$[1]: recorded 2, sent 1"]),
        ({"b": 1, "a": 2}, {"c": 3, "a": 4}, [
            "$.b: only in the recording, 1",
            "$.a: recorded 2, sent 4",
            "$.c: only in the request, 3",
        ]),
        ({"a b": {"'": 1, '"\\': 1}}, {"a b": {"'": 2, '"\\': 2}}, [
            "$['a b']['\\'']: recorded 1, sent 2",
            "$['a b']['\"\\\\']: recorded 1, sent 2",
        ]),
        ({"\u202e\n": 1}, {}, ["$['\\u202e\\n']: only in the recording, 1"]),
        ({"é": 1}, {}, ["$['é']: only in the recording, 1"]),
    ],
)  # fmt: skip
def test_each_place_is_named(recorded: Any, sent: Any, texts: list[str]) -> None:
    assert told(recorded, sent) == texts


def test_long_texts_are_shown_where_they_differ() -> None:
    before, after = "the same words " * 9, " and so on" * 90
    (text,) = told(f"{before}Monday{after}", f"{before}Sunday{after}")
    assert text.startswith('$: recorded …"ords the same words Monday and so on')
    assert 'sent …"ords the same words Sunday and so on' in text
    (text,) = told(before, before + after)
    assert text.startswith('$: recorded …"')
    (text,) = told("x" * 10_000_000, "x" * 10_000_000 + "y")
    assert text.endswith(f'sent …"{"x" * 20}y"')


def test_a_value_may_be_absent_altogether() -> None:
    assert told(ABSENT, 1) == ["$: only in the request, 1"]
    assert told({}, ABSENT) == ["$: only in the recording, {}"]


def test_what_to_ignore_of_an_array_of_another_length_is_the_array() -> None:
    found = differences({"a": [1, 2], "b": [1]}, {"a": [2], "b": [3]})
    assert [each.ignorable for each in found] == ["$.a", "$.b[0]"]


@thorough
@given(odd_values, st.randoms(use_true_random=False))
def test_equal_values_have_no_differences(value: Any, order: random.Random) -> None:
    assert told(value, shuffled(value, order)) == []


@thorough
@given(any_json, any_json)
def test_ignoring_the_differences_makes_values_equal(recorded: Any, sent: Any) -> None:
    assume(not has_unseen([recorded, sent]))
    found = [*differences(recorded, sent)]
    assert (not found) == (canonical(recorded) == canonical(sent))
    ignore = Paths.of("ignore", [each.ignorable for each in found])
    assert canonical(ignore.without(recorded)) == canonical(ignore.without(sent))


@thorough
@given(any_json, st.data())
def test_a_changed_leaf_is_named(value: Any, data: st.DataObject) -> None:
    changed = copy.deepcopy(value)
    places = [*places_in(changed)]
    assume(places and not has_unseen(value))
    container, step = data.draw(st.sampled_from(places))
    container[step] = "another"
    found = [*differences(value, changed)]
    assume(found)
    assert len(found) == 1
    assert found[0].sent == "another"
    only = Paths.of("match", [found[0].path]).only(changed)
    assert only == {found[0].path: ["another"]}


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("$.inputs[0].content", "$.inputs"),
        ("$['a b'].c", "$['a b']"),
        ("$['\\'].x']['y']", "$['\\'].x']"),
        ("$[12][0].a", "$[12]"),
        ("$", "$"),
    ],
)
def test_a_path_begins_with_that_of_a_member(path: str, member: str) -> None:
    assert path_of_member(path) == member


def test_deep_and_large_values_are_compared() -> None:
    deep = nested(190)
    assert told(deep, nested(190)) == []
    assert len(told(deep, [deep])) == 1
    many = [*range(200_000)]
    assert len([*islice(differences({"a": many}, {"a": many[::-1]}), 10)]) == 10
