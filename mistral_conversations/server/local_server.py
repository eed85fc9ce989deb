"""`LocalServer`, the Conversations API on this machine."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import attrs
from aiohttp import web

from mistral_conversations._addresses.choice import SERVICE
from mistral_conversations._checks import (
    check_flag,
    check_int,
    check_seconds,
    on_field,
)
from mistral_conversations.server.agents.operations import AgentOperations
from mistral_conversations.server.agents.records import RecordedAgent
from mistral_conversations.server.agents.store import AgentStore
from mistral_conversations.server.answers.model import (
    Model,
    ModelFunction,
    model_function,
)
from mistral_conversations.server.answers.records import RecordedConversation
from mistral_conversations.server.application import Service
from mistral_conversations.server.batch_jobs.operations import BatchJobOperations
from mistral_conversations.server.batch_jobs.records import RecordedBatchJob
from mistral_conversations.server.batch_jobs.store import BatchJobStore
from mistral_conversations.server.cassettes.cassette_server import Redact
from mistral_conversations.server.cassettes.recording_server import (
    Mode,
    RecordingServer,
)
from mistral_conversations.server.cassettes.replaying_server import ReplayingServer
from mistral_conversations.server.connectors.connector import LocalConnector
from mistral_conversations.server.connectors.operations import ConnectorOperations
from mistral_conversations.server.connectors.store import (
    ConnectorStore,
    checked_connectors,
)
from mistral_conversations.server.conversations.operations import (
    ConversationOperations,
)
from mistral_conversations.server.conversations.store import ConversationStore
from mistral_conversations.server.conversations.writing import Pace
from mistral_conversations.server.files.operations import FileOperations
from mistral_conversations.server.files.records import RecordedFile
from mistral_conversations.server.files.store import FileStore
from mistral_conversations.server.libraries.operations import LibraryOperations
from mistral_conversations.server.libraries.records import RecordedLibrary
from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.model_cards.cards import ListedModels, cards_of
from mistral_conversations.server.model_cards.operations import ModelOperations
from mistral_conversations.server.web.authentication import (
    check_api_key,
    masking_key,
)
from mistral_conversations.server.web.links import Links
from mistral_conversations.server.web.listening import Listening
from mistral_conversations.server.web.middleware import Middleware
from mistral_conversations.server.web.rate_limit import (
    Quota,
    RateLimiter,
    check_rate_limit,
)
from mistral_conversations.server.web.records import RecordedRequest
from mistral_conversations.server.web.trouble import Condition, Trouble

if TYPE_CHECKING:
    import os

__all__ = ["LocalServer"]


_seconds = on_field(check_seconds, zero=True)


@masking_key
@attrs.define(eq=False, repr=False)
class LocalServer(Listening):
    """The Conversations API on this machine, with an echo or a model of your own.

    `async with LocalServer() as server:` runs the server on the running loop; `with`
    runs it on a thread, for blocking and async callers alike. Leaving closes the
    connections, and cancels unfinished answers and batch jobs. The object keeps its
    conversations, agents, libraries, files, batch jobs and position in the script, and
    can be entered again.

    A conversation started with an agent created on this server uses the agent's model,
    instructions and tools, and keeps the version it started with. The server accepts
    any other agent id too, and knows nothing else about such an agent.

    The model also answers the requests of batch jobs, one after another, as if each had
    started a conversation; `latency` delays each answer. Requests for other endpoints
    than `/v1/conversations` fail with 404.

    Args:
        model: a script, a function, or None to echo the user's last text.
            A script is a list of turns, one per request, such as `say("Hello")`,
            `[think("Hm"), call("f", x=1)]`, `[execute("document_library"), cite()]`,
            which answers from the documents, or `execute("image_generation")`, which
            draws an image; after the last turn the answer is 500.
            A function takes a `RecordedConversation` and a `RecordedRequest`. It is
            plain or async and returns a turn, or is an async generator of pieces. It
            runs on the server's loop, and continues when the caller disconnects.
            Leaving the server cancels the function, which must then stop. If a function
            raises, the answer is 500; if a generator raises, the answer ends like one
            with `fail()`.
        host: the address to listen on.
        port: 0 chooses a free port, a new one each time the server is entered.
        api_key: the only key that is accepted; None accepts any, and is rejected for a
            host that other machines can reach.
        latency: seconds before each event of a stream, and before a plain answer.
        busy_after_drop: seconds that a conversation stays busy (409) after its caller
            disconnects during an answer; after that, the server stores the answer. The
            service has been observed to take up to 90 seconds. At 0, the conversation
            is busy until the model has finished.
        processing: seconds that the processing of an uploaded document takes. At 0, the
            upload still answers `Running`; the next request finds it `Completed`.
        strict: whether leaving the server raises an AssertionError for turns of the
            script and troubles that no request met, and for the rest of a turn whose
            pending call was neither allowed nor denied. An exception that leaves the
            `with` block takes precedence; a script that was replaced and troubles that
            were forgiven do not count.
        keep: the number of conversations to keep, the newest; None keeps all. The
            server forgets older ones as if they had been deleted: it answers 404, also
            to an append. A conversation restarted from one keeps its own entries.
            Agents, libraries, documents, files and batch jobs stay until they are
            deleted or expire.
        allowed_hosts: further names to accept in `Host` and `Origin`, without port. On
            a loopback host, the server accepts its own name, localhost, 127.0.0.0/8 and
            ::1, and answers 403 to any other, such as that of a web page (DNS
            rebinding). On a host that other machines can reach, it accepts any name,
            unless some are given here.
        models: the models to list: names, model cards, or mappings with keys of a card,
            of which `id` is required; None lists a few of the service's. Conversations
            may use any model, listed or not.
        connectors: the connectors of the caller, each a `LocalConnector` with functions
            as its tools. In a conversation that has one among its tools (`type:
            "connector"`, with its id or name), `execute("tool", arguments={...})` runs
            the function.
        rate_limit: the tokens and requests that a window allows; None for no limit.

    Raises:
        TypeError: the script is not a list of turns (the message names the position),
            or another parameter has the wrong type.
        ValueError: a turn has pieces after `fail()`; the port or a number of seconds is
            out of range; other machines can reach the host and there is no api_key.
    """

    # Quoted, as is `_models`, so that `help()` shows the name of the alias.
    _model: "Model | None" = attrs.field(default=None, alias="model")
    _api_key: str | None = attrs.field(
        default=None, alias="api_key", kw_only=True, validator=check_api_key
    )
    _latency: float = attrs.field(
        default=0.0, alias="latency", kw_only=True, validator=_seconds
    )
    _busy_after_drop: float = attrs.field(
        default=0.0, alias="busy_after_drop", kw_only=True, validator=_seconds
    )
    _processing: float = attrs.field(
        default=0.0, alias="processing", kw_only=True, validator=_seconds
    )
    _strict: bool = attrs.field(
        default=False, alias="strict", kw_only=True, validator=on_field(check_flag)
    )
    _keep: int | None = attrs.field(
        default=None,
        alias="keep",
        kw_only=True,
        validator=on_field(check_int, least=1, optional=True),
    )
    _models: "ListedModels | None" = attrs.field(
        default=None, alias="models", kw_only=True
    )
    _connectors: Iterable[LocalConnector] = attrs.field(
        default=(), alias="connectors", kw_only=True
    )
    _rate_limit: Quota | None = attrs.field(
        default=None, alias="rate_limit", kw_only=True, validator=check_rate_limit
    )
    _service: Service = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Reject a public host without a key, and create the service."""
        self._refuse_public(self._api_key)
        pace = Pace(self._latency, self._busy_after_drop)
        model = model_function(self._model)
        agents, libraries = AgentStore(), LibraryStore(self._processing)
        files, links = FileStore(), Links()
        connectors = ConnectorStore(checked_connectors(self._connectors))
        conversations = ConversationOperations(
            model,
            pace,
            agents,
            libraries,
            files,
            links,
            connectors,
            ConversationStore(self._keep),
            RateLimiter(self._rate_limit),
        )
        self._service = Service(
            Middleware(self._api_key, self._host_names()),
            conversations,
            AgentOperations(agents),
            LibraryOperations(libraries, links),
            FileOperations(files, links),
            ModelOperations(cards_of(self._models)),
            ConnectorOperations(connectors, links),
            BatchJobOperations(BatchJobStore(), files, conversations),
            links,
        )

    @staticmethod
    def recording(
        path: "str | os.PathLike[str]",
        *,
        upstream: str = SERVICE,
        mode: Mode = "all",
        match: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        redact: Redact | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Collection[str] = (),
    ) -> RecordingServer:
        """Return a proxy of a service, which records what the service answers.

        It passes each request on, once, with its key, and each answer back as it
        comes: events one by one, uploads while they arrive, errors and headers alike.
        The cassette gets a line for each request, answer and event within 20 ms. It has
        neither the key, which is `***` wherever a request or an answer repeats it, nor
        headers of requests; of an answer, it has the content type and disposition,
        `Date`, `Location`, `Allow`, `Retry-After`, the rate limits and the request ids.

        If the service cannot be reached, the answer is 502, which is not recorded.
        `HTTPS_PROXY` and `NO_PROXY` apply.

        Args:
            path: the cassette, a file in JSON Lines.
            upstream: the URL of the service, without `/v1`.
            mode: `"all"` replaces an earlier cassette, with the first exchange.
                `"new"` answers what the earlier cassette has from it, and appends the
                rest.
            match: for the mode `"new"`, as in `replaying`.
            ignore: for the mode `"new"`, as in `replaying`.
            redact: JSON paths (RFC 9535), whose values are written as `***`; or a
                function of a body, which returns what to write. It takes the JSON value
                of each request, answer and event, a text for other bodies, and the
                fields of an upload; it may change its argument. If it raises, the
                recording ends: later requests are answered with 500, and leaving raises
                the error.
            host: the address to listen on.
            port: 0 chooses a free port.
            allowed_hosts: further names in `Host` and `Origin` to accept, as in
                `LocalServer`.

        Returns:
            a server to enter with `with` or `async with`. Its `base_url` is for the
            client, `requests` are like those of `LocalServer`.

        Raises:
            TypeError, ValueError: a parameter is invalid.
            ModuleNotFoundError: JSON paths need the extra `cassettes`.
        """
        return RecordingServer(
            path,
            upstream=upstream,
            mode=mode,
            match=match,
            ignore=ignore,
            redact=redact,
            host=host,
            port=port,
            allowed_hosts=allowed_hosts,
        )

    @staticmethod
    def replaying(
        path: "str | os.PathLike[str]",
        *,
        speed: float = 0,
        match: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        redact: Redact | None = None,
        strict: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> ReplayingServer:
        """Return a server that answers requests from a cassette.

        A request is answered if one with the same method, path, query and body was
        recorded; equal requests are answered in the order of their recording. Objects
        are equal whatever the order of their keys, and uploads if their fields and the
        names, types and contents of their files are. Answers have the bytes of the
        recording. A stream that broke off breaks off; one whose caller left sends
        nothing more from there on.

        Any other request is answered with 400 (`code` is `"request_not_recorded"`),
        whose message shows the nearest recorded request and what differs.

        Args:
            path: the cassette. It is read when the server is entered.
            speed: how many times as fast as recorded answers and events come; 0 waits
                for nothing.
            match: JSON paths (RFC 9535): of JSON bodies and the fields of uploads,
                only these parts are compared; `[]` compares none, None all.
            ignore: JSON paths of parts that are not compared, such as dates and ids:
                `["$.metadata.run_id", "$..created_at"]`.
            redact: what the recording used; requests are redacted before they are
                compared.
            strict: whether leaving raises an AssertionError for recorded exchanges that
                no request used, and for requests that were not recorded. An exception
                that leaves the `with` block takes precedence.
            host: the address to listen on.
            port: 0 chooses a free port.
            api_key: the only key that is accepted; None accepts any and none, and is
                rejected for a host that other machines can reach.
            allowed_hosts: further names in `Host` and `Origin` to accept, as in
                `LocalServer`.

        Returns:
            a server to enter with `with` or `async with`, which raises a ValueError for
            a file that is not a cassette, and an OSError for one that cannot be read.
            A torn last line, of a recording that was killed, is a warning.

        Raises:
            TypeError, ValueError: a parameter is invalid.
            ModuleNotFoundError: JSON paths need the extra `cassettes`.
        """
        return ReplayingServer(
            path,
            speed=speed,
            match=match,
            ignore=ignore,
            redact=redact,
            strict=strict,
            host=host,
            port=port,
            api_key=api_key,
            allowed_hosts=allowed_hosts,
        )

    def __repr__(self) -> str:
        """Show the address, the state and the number of conversations."""
        name = type(self).__name__
        if not hasattr(self, "_service"):  # in the traceback of a failed constructor
            return f"<{name}, not initialized>"
        state = self._base_url or "not running"
        count = self._service.conversations.store.count
        return f"<{name} {state}, {count} conversation{'' if count == 1 else 's'}>"

    @property
    def api_key(self) -> str | None:
        """The only key that is accepted; None if any is."""
        return None if self._api_key is None else str(self._api_key)

    @property
    def model(self) -> ModelFunction:
        """The model that answers; set it to whatever `LocalServer(model=...)` takes.

        It answers from the next request on; a script starts at its first turn.
        """
        return self._service.conversations.model

    @model.setter
    def model(self, model: Model | None) -> None:
        self._service.conversations.model = model_function(model)

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The requests received, in the order of arrival.

        The newest 10,000 are kept, or fewer if their bodies exceed 64 MiB.
        """
        return self._service.middleware.journal.requests()

    @property
    def conversations(self) -> tuple[RecordedConversation, ...]:
        """Snapshots of the conversations, oldest first."""
        return self._service.conversations.store.records()

    @property
    def agents(self) -> tuple[RecordedAgent, ...]:
        """Snapshots of the agents with their versions, oldest first."""
        return self._service.agents.store.records()

    @property
    def libraries(self) -> tuple[RecordedLibrary, ...]:
        """Snapshots of the libraries with their documents, oldest first."""
        return self._service.libraries.store.records()

    @property
    def files(self) -> tuple[RecordedFile, ...]:
        """Snapshots of the files, uploaded and generated, oldest first."""
        return self._service.files.store.records()

    @property
    def models(self) -> Sequence[Mapping[str, Any]]:
        """The cards of the models listed, in the plain JSON types of the API.

        Set it to whatever `LocalServer(models=...)` takes.
        """
        return self._service.models.cards

    @models.setter
    def models(self, models: ListedModels | None) -> None:
        self._service.models.cards = cards_of(models)

    @property
    def batch_jobs(self) -> Sequence[RecordedBatchJob]:
        """Snapshots of the batch jobs, oldest first."""
        return self._service.batch_jobs.store.records()

    @property
    def connectors(self) -> tuple[LocalConnector, ...]:
        """The connectors, in the order in which they were passed."""
        return tuple(self._service.connectors.store.connectors)

    def inflict(
        self,
        trouble: Trouble,
        *,
        times: int | None = 1,
        when: Condition | None = None,
    ) -> None:
        """Inflict trouble on requests; the oldest rule that applies affects a request.

        Args:
            trouble: what goes wrong.
            times: the number of requests; None for all from now on.
            when: a function that takes a `RecordedRequest` and returns whether the rule
                applies; None for any request.

        Raises:
            TypeError, ValueError: a parameter is invalid.
        """
        self._service.middleware.troubles.add(trouble, times, when)

    def forgive(self) -> None:
        """Remove all rules of trouble."""
        self._service.middleware.troubles.clear()

    async def _application(self, stack: AsyncExitStack) -> web.Application:
        stack.push_async_callback(self._service.aclose)
        return self._service.application()

    def _refuse_unused(self) -> None:
        unused = self._service.unused() if self._strict else []
        if unused:
            listed = "\n".join(f"- {each}" for each in unused)
            raise AssertionError(f"No request used this of LocalServer:\n{listed}")
