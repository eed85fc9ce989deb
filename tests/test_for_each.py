"""Many cases in one test: `tests.support.for_each`."""

import pytest

from tests.support.for_each import for_each

SEEN: list[tuple[int, str]] = []


@pytest.mark.parametrize("scale", [1, 10])
@for_each("number", [1, 2])
@for_each("other, text", [(3, "a"), (4, "b")])
def test_every_case_runs_with_fixtures_and_parameters(
    number: int, other: int, text: str, scale: int, tmp_path: object
) -> None:
    assert tmp_path
    if (number, other) == (1, 3):
        SEEN.clear()
    SEEN.append((scale * number * other, text))
    if (number, other) == (2, 4):
        each_scaled = [(3, "a"), (4, "b"), (6, "a"), (8, "b")]
        assert [(scale * value, name) for value, name in each_scaled] == SEEN


@for_each("number", range(5))
def fails_if_odd(number: int) -> None:
    if number == 1:
        pytest.fail("one")
    assert number % 2 == 0


@for_each("number", [3, 4])
async def fails_in_a_loop(number: int) -> None:
    assert number != 3


def test_all_failures_are_reported_with_their_cases() -> None:
    with pytest.raises(BaseExceptionGroup, match="2 cases fail") as caught:
        fails_if_odd()
    one, three = caught.value.exceptions
    assert (str(one), one.__notes__) == ("one", ["in the case {'number': 1}"])
    assert isinstance(three, AssertionError)
    assert three.__notes__ == ["in the case {'number': 3}"]


@pytest.mark.anyio
async def test_one_failure_is_reported_as_it_is() -> None:
    with pytest.raises(AssertionError) as caught:
        await fails_in_a_loop()
    assert caught.value.__notes__ == ["in the case {'number': 3}"]


@for_each("text", ["a" * 10_000])
def fails_at_length(text: str) -> None:
    assert not text


def test_a_long_case_is_cut() -> None:
    with pytest.raises(AssertionError) as caught:
        fails_at_length()
    assert caught.value.__notes__[0].endswith("aaa... (10012)")
    assert len(caught.value.__notes__[0]) < 1_100


def test_no_cases_are_refused() -> None:
    with pytest.raises(AssertionError, match="there is no case for number"):
        for_each("number", [])
