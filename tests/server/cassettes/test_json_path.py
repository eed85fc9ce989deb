from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_rfc9535 import JSONPathEnvironment

from mistral_conversations.server.cassettes.json_path import BadPathError, compiled
from tests.server.cassettes.test_paths import PATHS
from tests.support.comparison import thorough
from tests.support.odd_json import nested, odd_values


class Environment(JSONPathEnvironment):
    max_recursion_depth = 1_000


LIBRARY = Environment()


@thorough
@given(
    st.lists(odd_values, max_size=3), st.sampled_from([*PATHS, "$..*..*", "$..type..*"])
)
def test_the_places_are_those_of_the_library(value: Any, path: str) -> None:
    expected = {found.location for found in LIBRARY.finditer(path, value)}
    assert compiled(path)(value) == expected


@pytest.mark.parametrize("path", ["$..inner", "$..[0]", "$..inner..inner..inner"])
def test_a_descent_has_no_limit(path: str) -> None:
    assert len(compiled(path)(nested(200))) > 90


def test_a_number_that_is_too_large_is_a_bad_path() -> None:
    with pytest.raises(BadPathError, match="out of range") as caught:
        compiled(f"$[{'9' * 5_000}]")
    assert caught.value.position is None
