"""`BatchJobs`: the blocking client of batch jobs."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.batch_jobs import AsyncBatchJobs
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking, iterating

__all__ = ["BatchJobs"]


class BatchJobs(BlockingAPIClient[AsyncBatchJobs]):
    """Blocking twin of `AsyncBatchJobs`.

    `progress` is called on the thread of the event loop, not on yours. The constructor
    takes the parameters of `Conversations`, and raises the same errors.
    """

    _async_class = AsyncBatchJobs

    create: Final = blocking(AsyncBatchJobs.create)
    get: Final = blocking(AsyncBatchJobs.get)
    list: Final = blocking(AsyncBatchJobs.list)
    list_all: Final = iterating(AsyncBatchJobs.list_all)
    cancel: Final = blocking(AsyncBatchJobs.cancel)
    delete: Final = blocking(AsyncBatchJobs.delete)
    wait: Final = blocking(AsyncBatchJobs.wait)
    results: Final = iterating(AsyncBatchJobs.results)


publish(globals(), *__all__)
