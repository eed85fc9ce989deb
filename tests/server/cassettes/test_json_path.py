from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath import JSONPathEnvironment

from mistral_conversations.server.cassettes.json_path import BadPathError, compiled
from tests.server.cassettes.test_paths import PATHS
from tests.support.comparison import thorough
from tests.support.odd_json import nested, odd_values


class Environment(JSONPathEnvironment):
    max_recursion_depth = 1_000


LIBRARY = Environment(strict=True)


@thorough
@given(
    st.lists(odd_values, max_size=3), st.sampled_from([*PATHS, "$..*..*", "$..type..*"])
)
def test_the_places_are_those_of_the_library_except_characters(
    value: Any, path: str
) -> None:
    expected = {
        found.parts
        for found in LIBRARY.finditer(path, value)
        if found.parent is None or not isinstance(found.parent.obj, str)
    }
    assert compiled(path)(value) == expected


@pytest.mark.parametrize("path", ["$..inner", "$..[0]", "$..inner..inner..inner"])
def test_a_descent_has_no_limit(path: str) -> None:
    assert len(compiled(path)(nested(200))) > 90


def test_a_number_that_is_too_large_is_a_bad_path() -> None:
    with pytest.raises(BadPathError, match="out of range") as caught:
        compiled(f"$[{'9' * 5_000}]")
    assert caught.value.position is None
