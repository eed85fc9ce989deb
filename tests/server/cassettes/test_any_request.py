"""Any JSON request that was recorded is answered again, however it is written."""

import json
import random
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.cassettes.test_fingerprints import shuffled
from tests.support.cassettes import recorder_of, replayer_of
from tests.support.comparison import thorough
from tests.support.odd_json import odd_values
from tests.support.raw_server import http

_numbers = count()


def secretive(value: Any) -> Any:
    """Redact so that a second call would change the result again."""
    return f"({value})" if isinstance(value, str) else [value]


@settings(thorough, max_examples=thorough.max_examples // 5)
@given(
    st.lists(odd_values, min_size=1, max_size=4),
    st.sampled_from([None, ["$..type", "$[0]"], secretive]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_any_json_is_found_again(
    tmp_path_factory: pytest.TempPathFactory,
    bodies: list[Any],
    redact: Any,
    is_pretty: bool,
    order: random.Random,
) -> None:
    cassette = tmp_path_factory.getbasetemp() / f"any-{next(_numbers)}.jsonl"
    answers = [http(200, json.dumps({"n": n}).encode()) for n in range(len(bodies))]
    with recorder_of(cassette, *answers, redact=redact) as (caller, _):
        for body in bodies:
            caller.post("/v1/x", json.dumps(body).encode())
    with replayer_of(cassette, redact=redact, strict=True) as caller:
        found = [
            caller.post(
                "/v1/x",
                json.dumps(shuffled(body, order), indent=is_pretty or None).encode(),
            )
            for body in bodies
        ]
    assert [reply.status for reply in found] == [200] * len(bodies)
