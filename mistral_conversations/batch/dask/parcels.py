"""What travels between this process and the workers, as bytes.

cloudpickle sends functions and classes of `__main__` and of notebooks by their code,
and those of modules by their names.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeAlias

import attrs
import cloudpickle

from mistral_conversations.batch.requests import Mode, RowRequest
from mistral_conversations.errors import ConfigurationError, MistralConversationsError
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.model import ResponseMeta, attach_meta
from mistral_conversations.models.runs import RunResult

__all__ = ["Answer", "Setup", "packed", "packed_answer", "packed_row", "read_answer"]

Answer: TypeAlias = ConversationResponse | RunResult | Exception
"""The outcome of a row."""

_REMEDY = (
    "define it at the top level of a module that the workers have, or open what it "
    "holds inside of it"
)


@attrs.frozen
class Setup:
    """What a worker needs for all rows of a batch."""

    client: Any
    """The client, which pickles as its settings."""

    defaults: Mapping[str, Any]
    """The parameters of all rows."""

    max_concurrency: int

    def packed(self) -> bytes:
        """Return the bytes of the setup.

        Raises:
            ConfigurationError: a parameter, named in the message, does not pickle.
        """
        try:
            packed("the client", self.client)
            for name, value in self.defaults.items():
                packed(name, value)
        except TypeError as error:
            raise ConfigurationError(str(error)) from None
        return packed("the batch", self)


@attrs.frozen
class Row:
    """A row without the parameters that all rows have."""

    index: int
    custom_id: str
    mode: Mode
    inputs: Any
    own: Mapping[str, Any]

    def request(self, defaults: Mapping[str, Any]) -> RowRequest:
        """Return the whole row."""
        return RowRequest(
            index=self.index,
            custom_id=self.custom_id,
            mode=self.mode,
            inputs=self.inputs,
            parameters={**defaults, **self.own},
        )


def packed_row(request: RowRequest, defaults: Mapping[str, Any]) -> bytes:
    """Return the bytes of a row, without the parameters that all rows have.

    Raises:
        TypeError: a parameter, named in the message, does not pickle.
    """
    own = {
        name: value
        for name, value in request.parameters.items()
        if name not in defaults or value is not defaults[name]
    }
    row = Row(request.index, request.custom_id, request.mode, request.inputs, own)
    try:
        return packed("the row", row)
    except TypeError:
        for name, value in {"inputs": request.inputs, **own}.items():
            packed(name, value)
        raise


def packed_answer(answer: Answer) -> bytes:
    """Return the bytes of an answer with its `meta`, which its pickle does not have.

    An output, a value or an error that does not pickle becomes an error that says so.
    """
    if isinstance(answer, RunResult):
        answer = answer.picklable()
    try:
        return packed("the answer", (answer, _meta_of(answer)))
    except TypeError as error:
        return packed("the error", (_unpacked(answer, error), None))


def read_answer(parcel: bytes) -> Answer:
    """Return the answer of a worker."""
    answer: Answer
    answer, meta = cloudpickle.loads(parcel)
    if meta is not None and not isinstance(answer, Exception):
        response = answer.response if isinstance(answer, RunResult) else answer
        if response is not None:
            attach_meta(response, meta)
    return answer


def packed(name: str, value: object) -> bytes:
    """Return the bytes of an object.

    Args:
        name: what an error calls it.
        value: the object.

    Raises:
        ConfigurationError: a client does not pickle.
        TypeError: the object does not pickle.
    """
    try:
        return _dumps(value)
    except MistralConversationsError:
        raise
    except Exception as error:  # noqa: BLE001 - of any `__reduce__`
        raise TypeError(
            f"{name} does not pickle, and cannot travel to the workers of Dask: "
            f"{type(error).__name__}: {error}; {_REMEDY}"
        ) from None


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles our errors by themselves.

    Dask's import makes tblib pickle exceptions with their causes, and those of aiohttp
    do not pickle.
    """

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, MistralConversationsError):
            return obj.__reduce__()
        return super().reducer_override(obj)


def _dumps(value: object) -> bytes:
    file = BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()


def _meta_of(answer: Answer) -> ResponseMeta | None:
    if isinstance(answer, Exception):
        return None
    response = answer.response if isinstance(answer, RunResult) else answer
    return None if response is None else response.meta


def _unpacked(answer: Answer, error: TypeError) -> MistralConversationsError:
    """Return the error of a row whose answer cannot leave the worker."""
    if isinstance(answer, Exception):
        text = f"{type(answer).__name__}: {answer} (the error itself does not pickle)"
        failed = MistralConversationsError(text)
        failed.attempts = getattr(answer, "attempts", 0)
        failed.may_have_been_processed = getattr(
            answer, "may_have_been_processed", False
        )
        return failed
    failed = MistralConversationsError(str(error))
    failed.may_have_been_processed = True
    return failed
