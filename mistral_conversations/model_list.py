"""`AsyncModels`: the asyncio client of the list of models."""

from collections.abc import Mapping
from typing import cast

from mistral_conversations._api_client import APIClient
from mistral_conversations._operations import operations
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._wire import model_calls as calls
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import DecodeError
from mistral_conversations.models.model_cards import (
    BaseModelCard,
    FTModelCard,
    ModelCard,
    ModelList,
)

__all__ = ["AsyncModels"]


@readable_signatures
@operations
class AsyncModels(APIClient):
    """Asyncio client of the models that the service offers.

    `AsyncMistral.models` is such a client; it uses the connections of its
    `AsyncMistral`. The constructor takes the parameters of `AsyncConversations`, and
    raises the same errors.

    Every method also takes `timeout` (a `Timeout`, or the seconds of its `total`),
    `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to the
    client's) for that call alone; None uses the client's own settings. Besides the
    errors that its docstring lists, every method raises those of `AsyncConversations`.
    """

    async def list(
        self,
        *,
        provider: str | None = None,
        model: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ModelList:
        """List the models that the key can use, in one answer without pages.

        The service lists a model with aliases several times, once under each id.

        Args:
            provider: return only models of this provider.
            model: return only this model.
        """
        call = calls.list_models({"provider": provider, "model": model})
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ModelList, options)

    async def retrieve(
        self,
        model_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ModelCard:
        """Return the card of a model: its capabilities, context length and aliases.

        Args:
            model_id: the id or an alias of a model, such as `mistral-medium-latest` or
                `ft:open-mistral-7b:587a6b29:20240514:7e773925`.

        Raises:
            NotFoundError: no such model.
        """
        call = calls.retrieve(model_id)
        options = self._options.with_call(timeout, retries, headers)
        answer = cast("type[BaseModelCard | FTModelCard]", BaseModelCard | FTModelCard)
        try:
            return await self._fetch(call, answer, options)
        except DecodeError as error:
            if (unknown := calls.unknown_card(error)) is None:
                raise
            return unknown


publish(globals(), *__all__)
