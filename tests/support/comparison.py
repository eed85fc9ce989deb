"""Hypothesis settings and strategies, splits of bytes, and comparison of JSON."""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

__all__ = ["any_json", "json_differences", "pieces", "thorough"]

_USUAL = 150 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 25

thorough = settings(
    deadline=None,
    database=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", _USUAL)),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
"""Hypothesis settings without deadlines (the machine is shared) and without files.

25 examples, or 150 if the environment has `HYPOTHESIS_PROFILE=thorough`, or as many as
`HYPOTHESIS_EXAMPLES` says, for a run by hand.
"""

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    # "message" and similar keys are those that errors are parsed from
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["message", "detail", "error", "code", "type", "loc", "msg", "content"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Yield the bytes cut at these positions, in any order and number."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        yield data[start:end]


def json_differences(given: Any, back: Any, place: str = "$") -> list[str]:
    """Return the differences in plain JSON; `back` may omit null keys.

    Timestamps are equal when they are the same instant.
    """
    if isinstance(given, dict) and isinstance(back, dict):
        return [
            item
            for key, value in given.items()
            if value is not None
            for item in json_differences(value, back.get(key), f"{place}.{key}")
        ]
    if isinstance(given, list) and isinstance(back, list) and len(given) == len(back):
        return [
            item
            for index, (one, other) in enumerate(zip(given, back, strict=True))
            for item in json_differences(one, other, f"{place}[{index}]")
        ]
    if type(given) is type(back) and given == back:
        return []
    if place.endswith("_at") and _same_instant(given, back):
        return []
    return [f"{place}: {given!r} came back as {back!r}"]


def _same_instant(given: Any, back: Any) -> bool:
    return datetime.fromisoformat(given) == datetime.fromisoformat(back)
