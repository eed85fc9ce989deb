"""Answers that are lists: sequences, and values."""

import copy
import pickle
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AgentAliasList,
    AgentListPage,
    AgentPage,
    AuthenticationMethods,
    ConversationPage,
    ListBatchJobsResponse,
    ListDocumentOut,
    ListFilesResponse,
    ListLibraryOut,
    ListSharingOut,
    MCPToolPage,
    ModelList,
    PaginatedConnectors,
    ResponseMeta,
    from_dict,
    to_dict,
)
from mistral_conversations.models.listing import Listing
from tests.support.agent_bodies import agent_list_page, agents, alias
from tests.support.batch_bodies import job, jobs
from tests.support.bodies import model_conversation
from tests.support.connector_bodies import auth_method, connectors, mcp_tool
from tests.support.file_bodies import file, files
from tests.support.for_each import for_each
from tests.support.library_bodies import (
    documents,
    libraries,
    library,
    sharing,
    sharings,
)
from tests.support.model_bodies import model_card, model_list

THREE = (1, 2, 3)
LISTINGS: list[tuple[Any, str, dict[str, Any]]] = [
    (AgentPage, "agents", {"agents": agents(*THREE), "page": 0, "page_size": 3}),
    (AgentListPage, "data", agent_list_page(*THREE)),
    (AgentAliasList, "aliases", {"aliases": [alias(name) for name in "abc"]}),
    (ListLibraryOut, "data", libraries(*(library(name=name) for name in "abc"))),
    (ListDocumentOut, "data", documents(*THREE)),
    (ListFilesResponse, "data", files(*map(file, THREE))),
    (ListBatchJobsResponse, "data", jobs(*map(job, THREE))),
    (ModelList, "data", model_list(*(model_card(id=name) for name in "abc"))),
    (AuthenticationMethods, "methods",
        {"methods": [auth_method(method_type=name) for name in "abc"]}),
    (MCPToolPage, "tools",
        {"tools": [*map(mcp_tool, "abc")], "page": 1, "page_size": 3}),
    (PaginatedConnectors, "items", connectors(*THREE)),
    (ListSharingOut, "data", sharings(*(sharing(role=name) for name in "abc"))),
    (ConversationPage, "conversations", {
        "conversations": [model_conversation(n) for n in THREE],
        "page": 0, "page_size": 3}),
]  # fmt: skip


def test_every_listing_is_tested_here() -> None:
    ours = "mistral_conversations"  # compiling a hook adds a subclass elsewhere
    listings = {c for c in Listing.__subclasses__() if c.__module__ == ours}
    assert {cls for cls, _, _ in LISTINGS} == listings


@for_each(("cls", "field", "body"), LISTINGS)
def test_it_is_a_sequence_of_what_it_lists(cls: Any, field: str, body: Any) -> None:
    found = from_dict(cls, body)
    items = getattr(found, field)
    assert isinstance(found, Sequence)
    assert len(items) == len(found) == 3
    assert (list(found), tuple(reversed(found))) == (list(items), items[::-1])
    assert (found[0], found[-1]) == (items[0], items[2])
    assert found[1:] == items[1:]
    assert (items[1] in found, found.index(items[2]), found.count(items[0])) == (
        True,
        2,
        1,
    )
    with pytest.raises(IndexError):
        found[3]


@for_each(("cls", "field", "body"), LISTINGS)
def test_an_empty_one_is_false_and_lists_nothing(
    cls: Any, field: str, body: Any
) -> None:
    found = from_dict(cls, {**body, field: []})
    assert not found
    assert (len(found), list(found), found[:]) == (0, [], ())


@for_each(("cls", "field", "body"), LISTINGS)
def test_it_is_a_value_that_comes_back(cls: Any, field: str, body: Any) -> None:
    meta = ResponseMeta(status=200)
    found = attrs.evolve(from_dict(cls, {**body, "new_key": [1]}), meta=meta)
    for again in (
        pickle.loads(pickle.dumps(found)),
        copy.deepcopy(found),
        from_dict(cls, to_dict(found)),
    ):
        assert (again, hash(again)) == (found, hash(found))
        assert (again.meta, again.extra) == (None, {"new_key": [1]})
    assert found != attrs.evolve(found, **{field: ()})
    assert found != tuple(found)


@pytest.mark.parametrize("token", [None, "next"])
def test_a_page_has_the_token_of_the_next(token: str | None) -> None:
    page = from_dict(AgentListPage, agent_list_page(1, token=token))
    assert (page.object, page.next_page_token) == ("list", token)
    without = {"data": agents(1)}
    assert from_dict(AgentListPage, without).next_page_token is None


def test_a_page_of_documents_has_its_pagination() -> None:
    page = from_dict(ListDocumentOut, documents(1, total_items=9, has_more=True))
    assert page.pagination is not None
    assert (page.pagination.total_items, page.pagination.has_more) == (9, True)
