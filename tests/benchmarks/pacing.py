"""A batch against a quota: how much of it is used, and how often it is hit.

Run with `python -m tests.benchmarks.pacing`. A `LocalServer` in a thread allows some
tokens in a window, which is two seconds long here and a minute on the service. The exit
code is 1 if less than 90 % of the quota is used, or 1 % of the requests meet a 429. The
first window, in which the batch learns the limit, and the last one do not count.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator

import attrs

from mistral_conversations import AsyncConversations, BatchRow
from mistral_conversations.batch import async_batch
from mistral_conversations.server import LocalServer, Quota

LEAST_USE = 0.9
MOST_REFUSED = 0.01


@attrs.frozen
class Paced:
    """What became of a batch."""

    use: float
    """The part of the quota that was used."""

    refused: float
    """The part of the requests that met a 429."""

    rows: int

    @property
    def holds(self) -> bool:
        """Whether the goals are met."""
        return self.use >= LEAST_USE and self.refused < MOST_REFUSED

    def __str__(self) -> str:
        verdict = "passed" if self.holds else "FAILED"
        return (
            f"{verdict}  {self.rows} rows: {self.use:.1%} of the quota used (at least "
            f"{LEAST_USE:.0%}), {self.refused:.2%} of the requests refused (less than "
            f"{MOST_REFUSED:.0%})"
        )


def paced(tokens: int, window: float, windows: int, latency: float) -> Paced:
    """Ask rows of 20 tokens for some windows, and measure those in the middle."""
    async_batch._MINUTE = window
    quota = Quota(tokens=tokens, window=window)
    with LocalServer(rate_limit=quota, latency=latency, keep=100) as server:
        rows = asyncio.run(_rows(server.base_url, window * windows))
    used: Counter[int] = Counter()
    for at, row in rows:
        used[int(at / window)] += row.usage.total_tokens
    middle = range(1, windows)
    use = sum(used[each] for each in middle) / len(middle) / tokens
    attempts = sum(row.attempts for _, row in rows)
    return Paced(use, 1 - len(rows) / attempts, len(rows))


async def _rows(url: str, seconds: float) -> list[tuple[float, BatchRow]]:
    """Ask rows for some seconds; return when each ended."""
    begin = time.monotonic()
    rows: list[tuple[float, BatchRow]] = []

    def texts() -> Iterator[str]:
        while time.monotonic() < begin + seconds:
            yield "word " * 10

    async with AsyncConversations("key", base_url=url) as client:
        async for row in client.batch(texts(), model="echo"):
            if row.error is not None:
                raise row.error
            rows.append((time.monotonic() - begin, row))
    return rows


def options() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=6_000)
    parser.add_argument("--window", type=float, default=2.0)
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--latency", type=float, default=0.05)
    return parser.parse_args()


def main() -> int:
    """Measure, and print the verdict."""
    found = paced(**vars(options()))
    sys.stdout.write(f"{found}\n")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
