"""A map from hashes to numbers."""

import random
import tracemalloc

from mistral_conversations.batch.hashes import HashMap


def test_it_maps_as_a_dict_does() -> None:
    chance = random.Random(7)
    known: dict[int, int] = {}
    found = HashMap()
    keys = [chance.randrange(-(2**63), 2**63) for _ in range(3000)]
    for key in [*keys, *chance.sample(keys, 500), 0, -1, 2**63 - 1, -(2**63)]:
        value = chance.randrange(2**64)
        assert found.put(key, value) == (key not in known)
        known[key] = value
    assert len(found) == len(known)
    assert all(found.get(key) == value for key, value in known.items())
    assert found.get(12345) is None


def test_an_entry_takes_few_bytes() -> None:
    chance = random.Random(7)
    keys = [chance.randrange(2**64) for _ in range(50_000)]
    tracemalloc.start()
    try:
        found = HashMap()
        for key in keys:
            found.put(key, 1)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown / len(found) < 25
