"""Runs whose functions take more than numbers."""

import json
from datetime import date
from typing import Any, Literal

import attrs
import pytest
from pydantic import BaseModel

from mistral_conversations import RunContext, function_tool
from mistral_conversations.server import call
from tests.support.scripted import MODEL, results, scripted

pytestmark = pytest.mark.anyio


@attrs.frozen
class Train:
    kind: Literal["train"]
    number: int


@attrs.frozen
class Bus:
    kind: Literal["bus"]
    line: str


class Traveller(BaseModel):
    name: str


class Desk:
    def __init__(self) -> None:
        self.booked: list[Any] = []

    @function_tool(strict=True)
    def book(
        self,
        ride: Train | Bus,
        day: date,
        travellers: list[Traveller],
        *,
        context: RunContext[str],
    ) -> dict[str, Any]:
        """Book a ride.

        Args:
            ride: the train or the bus.
        """
        self.booked.append((ride, day, travellers, context.context))
        return {"ride": ride, "traveller": travellers[0], "day": day}


RIDE = {"kind": "train", "number": 5}
BOOK = call("book", ride=RIDE, day="2026-01-02", travellers=[{"name": "Ada"}])


async def test_arguments_arrive_as_the_annotated_types() -> None:
    desk = Desk()
    async with scripted([BOOK], "Booked.") as local:
        result = await local.client.run(
            "Go", model=MODEL, tools=[desk.book], context="mine"
        )
        (tool,) = local.posts[0]["tools"]
        (answer,) = results(local.last)
    assert json.loads(answer) == {
        "ride": RIDE,
        "traveller": {"name": "Ada"},
        "day": "2026-01-02",
    }
    ride = Train("train", 5)
    travellers = [Traveller(name="Ada")]
    assert desk.booked == [(ride, date(2026, 1, 2), travellers, "mine")]
    assert result.text == "Booked."
    arguments = result.calls[0].arguments
    assert not isinstance(arguments, str)
    assert arguments["ride"] == ride
    function = tool["function"]
    assert (function["name"], function["description"]) == ("book", "Book a ride.")
    assert function["strict"] is True
    assert function["parameters"]["properties"].keys() == {"ride", "day", "travellers"}
    ride_schema = function["parameters"]["properties"]["ride"]
    assert ride_schema["description"] == "the train or the bus."


async def test_unusable_arguments_are_the_result() -> None:
    desk = Desk()
    wrong = call("book", ride={"kind": "plane"}, day="soon", person="Ada")
    async with scripted([wrong], [BOOK], "Booked.") as local:
        await local.client.run("Go", model=MODEL, tools=[desk.book], context="mine")
        (problem,) = results(local.posts[1])
    assert len(desk.booked) == 1
    assert "travellers is missing" in problem
    assert "there is no parameter 'person'" in problem
    assert 'use "train" or "bus", at kind' in problem
    assert "day: invalid RFC3339 encoded date" in problem


async def test_nothing_is_sent_for_a_function_that_cannot_be_described() -> None:
    def unknown(thing: object) -> None:
        pass

    async with scripted("Hi") as local:
        for tool in (unknown, Desk.book, Desk, print):
            with pytest.raises(TypeError):
                await local.client.run("Go", model=MODEL, tools=[tool])
        assert not local.posts


async def test_an_agent_may_have_the_declaration_of_a_function() -> None:
    desk = Desk()
    async with scripted([BOOK], "Booked.") as local:
        agent = await local.agents().create(
            model=MODEL, name="Travel", tools=[desk.book.declaration]
        )
        result = await local.client.run(
            "Go", agent_id=agent.id, tools=[desk.book], context="mine"
        )
    assert result.text == "Booked."
    assert len(desk.booked) == 1
