"""Translate words on the workers of a Dask cluster, here two processes of this machine.

With MISTRAL_API_KEY set, the workers talk to Mistral's service. Without, they talk to a
`LocalServer` inside this program. It needs the extra `dask`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mistral_conversations import BatchInput, Conversations
from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
)

try:
    from distributed import Client, LocalCluster
except ImportError:
    print("Dask is not installed: pip install 'mistral-conversations[dask]'")
    sys.exit()

MODEL = "mistral-small-latest"
WORDS = {"river": "rivière", "bridge": "pont", "town": "ville", "hill": "colline"}


def main() -> None:
    """Ask all rows on the cluster, and print them as they end."""
    requests = [BatchInput(word, f"Translate into French: {word}") for word in WORDS]
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0")
    with cluster, Client(cluster) as dask, connect() as client:
        # The workers get the settings of the client, including its key.
        with client.batch(requests, model=MODEL, engine=dask) as batch:
            for row in batch:
                print(row.custom_id, "->", row.text if row.ok else row.error)
        print(batch.progress.done, "rows from", len(cluster.workers), "workers")


@contextmanager
def connect() -> Iterator[Conversations]:
    """Yield a client of the service, or of a local server if there is no key."""
    if os.environ.get("MISTRAL_API_KEY"):
        with Conversations() as client:
            yield client
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    with (
        LocalServer(translate) as server,
        Conversations("local", base_url=server.base_url) as client,
    ):
        yield client


def translate(_: RecordedConversation, request: RecordedRequest) -> str:
    """Answer as the model of the local server."""
    return WORDS[str(request.json["inputs"]).rpartition(" ")[2]]


if __name__ == "__main__":  # which the processes of the workers need
    main()
