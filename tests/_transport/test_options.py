"""The options of a call."""

from typing import Any

import attrs
import pytest

from mistral_conversations import RetryPolicy, Timeout
from mistral_conversations._transport.credentials import Credentials
from mistral_conversations._transport.options import Options
from tests.support.for_each import for_each

OPTIONS = Options(
    credentials=Credentials("key"),
    timeout=Timeout(),
    retries=RetryPolicy(),
    headers={},
)


def test_options_of_a_call_are_added_to_those_of_the_client() -> None:
    options = attrs.evolve(OPTIONS, headers={"A": "1", "B": "2"})
    assert options.with_call(None, None, None) is options
    made = options.with_call(5, 0, {"b": "3"}, 7)
    assert made.timeout.total == 5
    assert made.retries.max_retries == 0
    assert made.headers == {"A": "1", "b": "3"}
    assert made.wait_if_busy == 7
    assert options.headers == {"A": "1", "B": "2"}


@for_each(("wait", "error"), [(True, TypeError), ("3", TypeError), (-1, ValueError)])
def test_wait_that_is_no_number_of_seconds_is_refused(
    wait: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="wait_if_busy"):
        OPTIONS.with_call(None, None, None, wait)
