"""The operations on models, as handlers of aiohttp."""

from collections.abc import Iterator, Sequence

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.model_cards.schemas import LISTING
from mistral_conversations.server.web.failures import JSONObject, not_found
from mistral_conversations.server.web.reading import read_query
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.values import read_text

__all__ = ["ModelOperations"]


@attrs.define(eq=False)
class ModelOperations:
    """The operations on models."""

    cards: Sequence[JSONObject]

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("GET", routes.MODELS, self._list),
            ("GET", routes.MODEL, self._retrieve),
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, LISTING, provider=read_text, model=read_text)
        cards = [
            card
            for card in self.cards
            if query.get("provider") in {None, card["owned_by"]}
            and ("model" not in query or query["model"] in _ids(card))
        ]
        return json_response({"object": "list", "data": cards})

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        model_id = request.match_info["model_id"]
        found = (card for card in self.cards if card["id"] == model_id)
        by_alias = (card for card in self.cards if model_id in _ids(card))
        card = next(found, None) or next(by_alias, None)
        if card is None:
            raise not_found(f"Model {model_id} not found")
        return json_response(card)


def _ids(card: JSONObject) -> Iterator[object]:
    yield card["id"]
    yield from card["aliases"]
