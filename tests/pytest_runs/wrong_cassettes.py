"""Markers that pytest reports as errors."""

from collections.abc import Iterator

import pytest

from mistral_conversations.server import LocalServer


@pytest.mark.mistral_server
@pytest.mark.mistral_cassette
def test_two_markers() -> None:
    raise AssertionError


@pytest.mark.mistral_cassette(velocity=2)
def test_unknown_argument() -> None:
    raise AssertionError


@pytest.mark.mistral_cassette(5)
def test_path_that_is_none() -> None:
    raise AssertionError


class TestOfAnother:
    @pytest.fixture
    def mistral_server(self) -> Iterator[LocalServer]:
        with LocalServer() as server:
            yield server

    @pytest.mark.mistral_cassette
    def test_another_server(self) -> None:
        raise AssertionError
