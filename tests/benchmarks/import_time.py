"""CPU time of the import and a first client, beside aiohttp's own import.

Run with `python -m tests.benchmarks.import_time`. Each round is a new interpreter,
which imports aiohttp first: what follows is this library's own share.
"""

import subprocess
import sys
from statistics import median

ROUNDS = 9

PROGRAM = """
import time
begin = time.process_time()
import aiohttp
between = time.process_time()
from mistral_conversations import AsyncConversations
AsyncConversations("key")
end = time.process_time()
print(between - begin, end - between)
"""


def measure() -> tuple[float, float]:
    """Give the milliseconds of aiohttp's import and of our own share."""
    command = [sys.executable, "-c", PROGRAM]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs, ours = out.split()
    return 1000 * float(theirs), 1000 * float(ours)


def main() -> None:
    measure()
    rounds = [measure() for _ in range(ROUNDS)]
    for name, column in (("aiohttp", 0), ("own share", 1)):
        sys.stdout.write(
            f"{name:10}{median(each[column] for each in rounds):8.0f} ms\n"
        )


if __name__ == "__main__":
    main()
