"""Executions of `document_library`: searched, streamed, cited and counted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    RecordedRequest,
    cite,
    execute,
    say,
)
from tests.support.local.http_caller import Serve
from tests.support.local.library_caller import NOBODY, LibraryCaller, library_server
from tests.support.local.recording_caller import all_misfits, record

SKIES = "# Skies\n\nThe sky is blue by day.\n\nClouds are grey, and bring rain."
SEAS = "The sea is green, or grey below clouds.\n\nFish live there."
SEARCH = execute("document_library", arguments={"query": "grey clouds"})
NOTHING = "Nothing was found in the libraries."


def _tool(*libraries: str) -> dict[str, Any]:
    ids = [library.rpartition("/")[2] for library in libraries]
    return {"type": "document_library", "library_ids": ids}


def _stock(caller: LibraryCaller) -> tuple[str, str]:
    """Create two libraries with one document each."""
    skies, seas = caller.create(name="Skies"), caller.create(name="Seas")
    caller.add(skies, SKIES, "skies.md")
    caller.add(seas, SEAS, "seas.txt")
    return skies, seas


def _ask(caller: LibraryCaller, *libraries: str, **body: Any) -> dict[str, Any]:
    reply = caller.start(tools=[_tool(*libraries)], **body)
    assert reply.status == 200
    answer: dict[str, Any] = reply.json
    return answer


def _found(answer: dict[str, Any]) -> list[str]:
    return [result["text"] for result in answer["outputs"][0]["info"]["results"]]


def test_execution_has_its_results(serve: Serve) -> None:
    caller = LibraryCaller(serve([SEARCH]).base_url)
    skies, _ = _stock(caller)
    [document] = caller.get(f"{skies}/documents").json["data"]
    answer = _ask(caller, skies)
    [entry] = answer["outputs"]
    assert caller.history(answer["conversation_id"])[1] == entry
    assert entry["arguments"] == '{"query":"grey clouds"}'
    [result] = entry["info"]["results"]
    assert result.pop("score") > 0
    assert result == {
        "library_id": document["library_id"],
        "document_id": document["id"],
        "name": "skies.md",
        "text": "Clouds are grey, and bring rain.",
    }


def test_all_libraries_of_all_tools_are_searched(serve: Serve) -> None:
    caller = LibraryCaller(serve([SEARCH] * 2).base_url)
    skies, seas = _stock(caller)
    texts = ["Clouds are grey, and bring rain.", SEAS.partition("\n")[0]]
    assert _found(_ask(caller, skies, seas, skies)) == texts
    tools = [_tool(seas), {"type": "web_search"}, _tool(skies.upper())]
    answer = caller.start(tools=tools).json
    assert sorted(_found(answer)) == sorted(texts)


def test_renamed_and_deleted_documents_are_found_as_they_are(serve: Serve) -> None:
    caller = LibraryCaller(serve([SEARCH] * 2).base_url)
    skies, _ = _stock(caller)
    [document] = caller.get(f"{skies}/documents").json["data"]
    path = f"{skies}/documents/{document['id']}"
    caller.put(path, {"name": "clouds.md"})
    answer = _ask(caller, skies)
    assert answer["outputs"][0]["info"]["results"][0]["name"] == "clouds.md"
    caller.send("DELETE", path)
    assert _found(_ask(caller, skies)) == []


@pytest.mark.parametrize(
    "arguments", ["{}", '{"query":5}', '{"query":""}', "[]", "no JSON", '"x"']
)
def test_user_is_asked_for_where_there_is_no_query(
    serve: Serve, arguments: str
) -> None:
    turn = execute("document_library", arguments=arguments)
    caller = LibraryCaller(serve([say("Ask"), turn]).base_url)
    skies, seas = _stock(caller)
    answer = _ask(caller, skies, seas, inputs="Where is rain?")
    chunks = [{"type": "text", "text": "Where do fish live?"}]
    inputs = [{"role": "user", "content": chunks}]
    again = caller.append(answer["conversation_id"], inputs=inputs).json
    assert _found(again) == ["Fish live there."]


def test_only_processed_documents_are_found() -> None:
    with library_server([SEARCH] * 3, processing=5) as (_, caller, clock):
        skies, _ = _stock(caller)
        assert _found(_ask(caller, skies)) == []
        clock.forward(5)
        assert len(_found(_ask(caller, skies))) == 1
        [document] = caller.get(f"{skies}/documents").json["data"]
        caller.send("POST", f"{skies}/documents/{document['id']}/reprocess")
        assert _found(_ask(caller, skies)) == []


def test_unknown_libraries_have_nothing(serve: Serve) -> None:
    caller = LibraryCaller(serve([SEARCH]).base_url)
    _stock(caller)
    assert _found(_ask(caller, NOBODY, "no UUID")) == []


def test_info_of_the_script_wins(serve: Serve) -> None:
    scripted = execute("document_library", info={"results": "mine"})
    caller = LibraryCaller(serve([[scripted, cite()]]).base_url)
    skies, _ = _stock(caller)
    execution, message = _ask(caller, skies)["outputs"]
    assert execution["info"] == {"results": "mine"}
    assert message["content"] == NOTHING


def test_empty_info_of_the_script_wins_too(serve: Serve) -> None:
    caller = LibraryCaller(serve([execute("document_library", info={})]).base_url)
    skies, _ = _stock(caller)
    assert _ask(caller, skies)["outputs"][0]["info"] == {}


@pytest.mark.parametrize("tools", [None, [], [{"type": "web_search"}]])
def test_without_the_tool_nothing_is_searched(serve: Serve, tools: Any) -> None:
    caller = LibraryCaller(serve([[SEARCH, cite()]]).base_url)
    _stock(caller)
    execution, message = caller.start(tools=tools).json["outputs"]
    assert execution["info"] == {}
    assert message["content"] == NOTHING


def test_other_tools_search_nothing(serve: Serve) -> None:
    turn = execute("web_search", arguments={"query": "grey clouds"})
    caller = LibraryCaller(serve([turn]).base_url)
    skies, _ = _stock(caller)
    assert _ask(caller, skies)["outputs"][0]["info"] == {}


def test_cite_says_the_passages_with_their_sources(serve: Serve) -> None:
    caller = LibraryCaller(serve([[SEARCH, say("See: "), cite()]]).base_url)
    _, message = _ask(caller, *_stock(caller))["outputs"]
    first, skies, second, seas = message["content"]
    assert (first["text"], second["text"]) == (
        "See: Clouds are grey, and bring rain.",
        "The sea is green, or grey below clouds.",
    )
    assert skies == {
        "type": "tool_reference",
        "tool": "document_library",
        "title": "skies.md",
        "url": None,
        "description": "Clouds are grey, and bring rain.",
    }
    assert seas["title"] == "seas.txt"


def test_cite_goes_by_the_last_search_of_the_turn(serve: Serve) -> None:
    fish = execute("document_library", arguments={"query": "fish"})
    snow = execute("document_library", arguments={"query": "snow"})
    turns = [[SEARCH, fish, cite()], [fish, snow, cite()], [cite()]]
    caller = LibraryCaller(serve(turns).base_url)
    libraries = _stock(caller)
    content = _ask(caller, *libraries)["outputs"][-1]["content"]
    assert [chunk.get("text") for chunk in content] == ["Fish live there.", None]
    for _ in range(2):
        assert _ask(caller, *libraries)["outputs"][-1]["content"] == NOTHING


def test_long_passages_are_described_in_short(serve: Serve) -> None:
    turn = [execute("document_library"), cite()]
    caller = LibraryCaller(serve([turn]).base_url)
    library = caller.create()
    caller.add(library, "blue sky " * 50)
    _, message = _ask(caller, library, inputs="sky")["outputs"]
    text, reference = message["content"]
    assert len(text["text"]) > 400
    assert len(reference["description"]) <= 100
    assert reference["description"].endswith("[...]")


def test_stream_and_history_agree(serve: Serve) -> None:
    recording = record(serve, [[SEARCH, cite()]] * 2)
    caller = LibraryCaller(recording.base_url)
    libraries = _stock(caller)
    tools = [_tool(*libraries)]
    events = recording.start(tools=tools, stream=True).events
    execution, message = recording.history(events[0]["conversation_id"])[1:]
    done = next(e for e in events if e["type"] == "tool.execution.done")
    assert done["info"] == execution["info"]
    assert execution["info"]["results"]
    deltas = [e for e in events if e["type"] == "message.output.delta"]
    said = [e["content"] for e in deltas if isinstance(e["content"], dict)]
    assert said == [c for c in message["content"] if c["type"] == "tool_reference"]
    recording.start(tools=tools)
    assert all_misfits(recording) == []


def test_usage_counts_what_was_found(serve: Serve) -> None:
    caller = LibraryCaller(
        serve([SEARCH, execute("document_library", info={})]).base_url
    )
    skies, _ = _stock(caller)
    usage, empty = (_ask(caller, skies)["usage"] for _ in range(2))
    assert usage["connectors"] == empty["connectors"] == {"document_library": 1}
    assert usage["connector_tokens"] == empty["connector_tokens"] + 5
    counts = ("prompt_tokens", "completion_tokens", "connector_tokens")
    assert usage["total_tokens"] == sum(usage[count] for count in counts)


def test_function_of_the_caller_searches_too() -> None:
    async def model(
        conversation: RecordedConversation, _: RecordedRequest
    ) -> AsyncIterator[str | Piece]:
        last = conversation.entries[-1]["content"]
        yield execute("document_library", arguments={"query": last.upper()})
        yield "By the books: "
        yield cite()

    with LocalServer(model) as server:
        caller = LibraryCaller(server.base_url)
        answer = _ask(caller, *_stock(caller), inputs="fish")
    content = answer["outputs"][1]["content"]
    assert content[0]["text"] == "By the books: Fish live there."
    assert content[1]["title"] == "seas.txt"


def test_append_and_restart_search_by_the_tools_of_the_start(serve: Serve) -> None:
    caller = LibraryCaller(serve([SEARCH] * 3).base_url)
    skies, _ = _stock(caller)
    answer = _ask(caller, skies)
    id_ = answer["conversation_id"]
    entry = caller.history(id_)[0]["id"]
    appended = caller.append(id_, inputs="And?").json
    restarted = caller.restart(id_, from_entry_id=entry, inputs="And?").json
    assert _found(appended) == _found(restarted) == _found(answer)
