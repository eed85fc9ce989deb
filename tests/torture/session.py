"""The callers: hundreds of tasks that share one client, and what they write down."""

import asyncio
from collections.abc import Iterable
from functools import partial
from io import StringIO
from itertools import count
from pathlib import Path

from mistral_conversations import AsyncMistral, RetryPolicy

from .calls import CALLS, Known, Place, possible, recovered
from .leaving import leave
from .outcomes import LeftError, Outcome, ProblemError
from .plans import CLIENT, RUNS, STARTS, Plan
from .proxy import CALL
from .records import Rows

__all__ = ["Session"]

LONGEST = 45.0
"""The seconds after which a call counts as hanging."""

_ATTEMPTS = 3
_PATIENT = RetryPolicy(20, first_delay=0.05, max_delay=0.2, resend=True)
"""What a session begins with must succeed, even twice."""
_ABREAST = 12


class Session:
    """Callers that share a client, for a while.

    Args:
        seed: decides what they do.
        url: the address of the proxy.
        folder: for the files that they upload.
        rows: where the outcomes go.
        calls: the calls that each caller makes at most; None for as many as it can.
    """

    def __init__(
        self,
        seed: int,
        url: str,
        folder: Path,
        rows: Rows,
        calls: int | None = None,
    ) -> None:
        self._seed = seed
        self._url = url
        self._folder = folder
        self._rows = rows
        self._calls = calls
        self._shared: list[str] = []
        self._library_id = ""
        self._until = 0.0
        self.begun = 0
        """The calls that have begun."""

    @property
    def is_over(self) -> bool:
        """Whether no further call begins."""
        return asyncio.get_running_loop().time() >= self._until

    def client(self, callers: int) -> AsyncMistral:
        """Return a client for so many callers; they wait for its connections."""
        limit = max(2, callers * 2 // 3)
        return AsyncMistral("torture", base_url=self._url, limit=limit, **CLIENT)

    async def run(
        self, client: AsyncMistral, callers: Iterable[int], seconds: float
    ) -> None:
        """Let the callers, by their numbers, make calls for some seconds."""
        numbers = [*callers]
        library = await client.libraries.create("Torture", retries=_PATIENT)
        self._library_id = library.id
        self._shared = [await _conversation(client) for _ in numbers[::_ABREAST]]
        self._until = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(self._call_on(client, number) for number in numbers))

    async def _call_on(self, client: AsyncMistral, caller: int) -> None:
        known = Known(conversation=await _conversation(client))
        for number in count() if self._calls is None else range(self._calls):
            if self.is_over:
                return
            plan = possible(Plan.drawn(self._seed, caller, number), known)
            for attempt in range(1, _ATTEMPTS + 1):
                outcome = await self._made(client, plan, attempt, known)
                if self.is_over or not outcome.may_be_sent_again:
                    break
            _learn(known, outcome)

    async def _made(
        self, client: AsyncMistral, plan: Plan, attempt: int, known: Known
    ) -> Outcome:
        """Make a call, and write down how it ended."""
        outcome = Outcome.of(plan, attempt)
        outcome.resumes = plan.kind in RUNS and known.broken is not None
        self.begun += 1
        place = Place(
            client=client,
            known=known,
            headers={CALL: outcome.call},
            folder=self._folder,
            library_id=self._library_id,
            shared=self._shared[plan.caller % len(self._shared)],
        )
        begin = asyncio.get_running_loop().time()
        await _end(outcome, plan, place)
        outcome.seconds = asyncio.get_running_loop().time() - begin
        self._rows.add(outcome)
        return outcome


async def _conversation(client: AsyncMistral) -> str:
    response = await client.conversations.start(
        "shared say 1", model="any", retries=_PATIENT
    )
    return response.conversation_id


async def _end(outcome: Outcome, plan: Plan, place: Place) -> None:
    """Make the call of a plan in a task, and note its end."""
    make = CALLS[plan.kind]
    if plan.recovers and plan.recovery == "later":
        make = partial(recovered, make)
    task = asyncio.create_task(leave(plan, partial(make, plan, place)))
    await asyncio.wait({task}, timeout=LONGEST)
    if not task.done():
        outcome.hung(_stacks())
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        return
    if task.cancelled():
        outcome.failed(ProblemError("it was cancelled by nobody"))
        return
    error = task.exception()
    if error is None:
        outcome.answered(task.result())
    elif isinstance(error, LeftError):
        outcome.left(error.answer)
    else:
        outcome.failed(error)


def _stacks() -> str:
    """Return where the tasks wait."""
    text = StringIO()
    for task in asyncio.all_tasks():
        task.print_stack(file=text)
    return text.getvalue()[-20_000:]


def _learn(known: Known, outcome: Outcome) -> None:
    """Keep the conversation that a call has created; forget what is done with."""
    if outcome.kind in STARTS and outcome.stores and outcome.conversation_id:
        known.conversation = outcome.conversation_id
    if outcome.resumes:
        known.broken = None
    if outcome.kind == "delete" or outcome.error.startswith("NotFoundError"):
        known.conversation = None
