"""Answers as HTML: what is shown of each kind, and that text stays text."""

import json
import subprocess
import sys
from datetime import datetime
from typing import Any, get_args

import attrs
import pytest

from mistral_conversations import (
    Agent,
    AgentListPage,
    Connector,
    ConversationHistory,
    ConversationPage,
    ConversationResponse,
    InputEntries,
    ListBatchJobsResponse,
    ListDocumentOut,
    ListFilesResponse,
    ListLibraryOut,
    ListSharingOut,
    MessageInputContentChunks,
    MessageInputEntry,
    MessageOutputContentChunks,
    ModelList,
    PaginatedConnectors,
    ThinkingChunks,
    UnknownTool,
    from_dict,
)
from mistral_conversations.html import page, show, table, transcript
from mistral_conversations.models.model import Answer
from tests.support.agent_bodies import agent, agent_list_page
from tests.support.batch_bodies import job, jobs
from tests.support.bodies import (
    CONVERSATION_ID,
    function_call,
    message,
    message_input,
    response,
    text_chunk,
    thinking,
    tool_execution,
    without,
)
from tests.support.connector_bodies import connector, connectors
from tests.support.file_bodies import file, files
from tests.support.for_each import for_each
from tests.support.full_answers import (
    ENTRIES,
    PIXEL,
    TOOLS,
    all_answers,
    conversation_page,
    history_of,
    history_of_message,
    run_result,
)
from tests.support.html_tree import (
    elements,
    folded,
    html_tree,
    notebook,
    text_of,
    without_markdown,
)
from tests.support.library_bodies import (
    documents,
    libraries,
    library,
    sharing,
    sharings,
)
from tests.support.model_bodies import model_card, model_list

SHOWN = {
    "message.input": [
        "user · prefix",
        "What is this?",
        "document · The sky",
    ],
    "message.output": ["assistant⋯mistral-small-latest · ag_", "The sky[Skies"],
    "function.call": [
        "function call · weather · pending",
        '"city": "Oslo"',
        "Ab3dEf6hI",
    ],
    "function.result": ["function result⋯Ab3dEf6hI", '{\n  "sky": "grey"\n}'],
    "tool.execution": [
        "tool · code_interpreter · run",
        "code_output42",
        "code6 * 7",
    ],
    "agent.handoff": ["front desk ag_", "→ weather desk ag_"],
    "moderation.verdict": ['moderation.verdict{\n  "type": "moderation.verdict",'],
}


@pytest.mark.parametrize("entry", ENTRIES[:3] + ENTRIES[4:], ids=lambda e: e["type"])
def test_an_entry_shows_what_it_says(entry: dict[str, Any]) -> None:
    text = text_of(notebook(history_of(entry)))
    for part in SHOWN[entry["type"]]:
        assert part in text
    assert "2026-07-01 10:20:30 UTC" in text or entry["type"] == "moderation.verdict"


def test_every_kind_of_entry_and_chunk_is_among_the_examples() -> None:
    answers = all_answers()
    entries = [entry for answer in answers[:1] for entry in answer.outputs]
    entries += answers[1].entries
    assert {type(entry) for entry in entries} == set(get_args(InputEntries))
    contents = [chunk for e in entries for chunk in getattr(e, "content", ())]
    known = {
        *get_args(MessageInputContentChunks),
        *get_args(MessageOutputContentChunks),
    }
    assert {type(chunk) for chunk in contents} == known
    thoughts = [part for c in contents for part in getattr(c, "thinking", ())]
    assert {type(part) for part in thoughts} == set(get_args(ThinkingChunks))


def test_a_thought_is_folded_with_its_references() -> None:
    html = notebook(history_of_message(thinking("Hm.\n", "Ah."), text_chunk("Blue.")))
    assert folded(html) == {"thinking": "Hm.Ah."}
    assert len(elements(html, "details br")) == 1
    assert elements(html, "details + div")[-1].text() == "Blue."
    html = notebook(history_of(ENTRIES[1]))
    assert "Thoughts of others" in folded(html)["thinking, cut short"]
    assert "[1, 22]" in folded(html)["thinking, cut short"]
    assert "Is it?" in folded(html)["doubt"]


def test_what_is_unknown_is_folded_under_its_type() -> None:
    html = notebook(history_of({"type": "new", "a": [1]}, {"b": "é"}, None))
    assert json.loads(folded(html)["new"]) == {"type": "new", "a": [1]}
    labels = [node.text() for node in elements(html, "summary")]
    assert labels == ["new", "unknown", "unknown"]
    assert "é" in text_of(html)


def test_keys_beyond_the_schema_are_folded() -> None:
    html = notebook(history_of(message(new_key={"deep": [1]})))
    assert json.loads(folded(html)["more"]) == {"new_key": {"deep": [1]}}
    html = notebook(from_dict(ConversationResponse, response(new_key=1)))
    assert json.loads(folded(html)["more"]) == {"new_key": 1}


@for_each("text", ["\n\n  a\n\tb  \n", "\r\na\rb", "\xa0\ufffe\ufeff", " "])
def test_white_space_and_odd_characters_stay(text: str) -> None:
    for content in (text, [text_chunk(text)]):
        with without_markdown():
            (prose,) = elements(notebook(history_of(message(content))), "pre")
        assert prose.text() == text
        assert "white-space:pre-wrap" in (prose.attributes["style"] or "")


def test_texts_and_references_run_on_in_one_line() -> None:
    (*_, prose) = elements(notebook(history_of(ENTRIES[1])), "p")
    address = "https://skies.example/blue"
    assert prose.text() == f"The sky[Skies of the world {address}] is blue."
    (link,) = prose.css("a")
    assert link.attributes["href"] == link.text() == address


def test_a_string_among_chunks_is_text() -> None:
    html = notebook(history_of_message("The sky ", text_chunk("is blue.")))
    assert elements(html, "p")[0].text() == "The sky is blue."


def test_an_image_that_is_in_the_answer_is_shown() -> None:
    html = notebook(history_of(ENTRIES[0]))
    assert [node.attributes["src"] for node in elements(html, "img")] == [PIXEL]


def test_a_remote_image_is_a_link() -> None:
    html = notebook(history_of(ENTRIES[0]))
    assert "image: https://pictures.example/sky.png" in text_of(html)


def test_a_response_shows_its_usage_and_guardrails() -> None:
    html = notebook(all_answers()[0])
    facts = f"{CONVERSATION_ID} · 7 + 3 tokens, 12 in total · web_search 2"
    assert facts in text_of(html)
    assert json.loads(folded(html)["guardrails"]) == [{"verdict": {"passed": True}}]


def test_an_answer_without_entries_says_so() -> None:
    assert "no entries" in text_of(notebook(history_of()))


def test_a_page_of_conversations_is_a_table() -> None:
    html = notebook(conversation_page())
    rows = [[cell.text() for cell in row.css("td")] for row in elements(html, "tr")]
    assert [node.text() for node in elements(html, "th")] == [
        *["id", "name", "model or agent", "created"]
    ]
    one, two = rows[1:]
    made = "2026-07-01 10:20:30 UTC"
    assert one[:2] == [f"conv_{1:032x}", "Weather It rains"]
    assert one[2].startswith(
        "mistral-small-latest · weather · web_search · document_library lib_1, lib_2 "
        "· wiki · time_machine"
    )
    agent = "ag_019f0000000000000000000000000003 · 3"
    assert two == [f"conv_{2:032x}", " ", agent, made]


def test_a_tools_key_is_not_shown() -> None:
    assert "canary" not in notebook(conversation_page())
    raw = {
        "type": "new",
        "authorization": {"value": "canary"},
        "headers": {"A": "canary"},
    }
    shown = notebook(UnknownTool(type="new", raw=raw))
    assert "canary" not in shown
    assert "***" in shown


def test_a_single_conversation_is_a_row() -> None:
    (conversation,) = conversation_page()[:1]
    assert notebook(conversation) == str(table([conversation]))


def test_an_empty_page_says_so() -> None:
    empty = ConversationPage(conversations=(), page=1, page_size=2)
    assert text_of(notebook(empty)) == "no items"


def test_times_without_a_zone_and_other_zones_are_shown_as_they_are() -> None:
    entry = MessageInputEntry(
        role="user",
        content="Hi",
        created_at=datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001
    )
    text = text_of(notebook(ConversationHistory(conversation_id="c", entries=(entry,))))
    assert "2026-01-02 03:04:05Hi" in text
    later = history_of(message_input("Hi", created_at="2026-01-02T03:04:05+02:00"))
    assert "2026-01-02 03:04:05+02:00" in text_of(notebook(later))


def test_an_execution_may_have_neither_arguments_nor_info() -> None:
    html = notebook(history_of(without(tool_execution(), "arguments", "info")))
    assert elements(html, "pre") == []


def test_a_call_shows_what_came_where_laying_it_out_would_lose_something() -> None:
    twice = '{"city": "Oslo", "city": "Rome"}'
    (box,) = elements(notebook(history_of(function_call(arguments=twice))), "pre")
    assert box.text() == twice


def read(cls: Any, body: Any) -> Any:
    return from_dict(cls, body)


LISTS: list[tuple[Any, Any, list[str]]] = [
    (AgentListPage, agent_list_page(1, 2), ["id", "mistral-"]),
    (ListLibraryOut, libraries(library()), ["nb_documents", "total_size"]),
    (ListDocumentOut, documents(1, 2), ["process_status", "size"]),
    (ListFilesResponse, files(file(1)), ["filename", "purpose"]),
    (ListBatchJobsResponse, jobs(job(1)), ["status", "/v1/"]),
    (PaginatedConnectors, connectors(1), ["description"]),
    (ModelList, model_list(model_card(), {"type": "new", "id": "m"}), ["new", "id"]),
    (ListSharingOut, sharings(sharing()), ["library_id", "role"]),
]


@for_each(("cls", "body", "texts"), LISTS)
def test_every_list_is_a_table(cls: Any, body: Any, texts: list[str]) -> None:
    items = read(cls, body)
    html = notebook(items)
    assert len(elements(html, "tbody > tr")) == len(items)
    for text in texts:
        assert text in text_of(html)
    for item in items:
        assert text_of(notebook(item))


@for_each(("cls", "body", "texts"), LISTS)
def test_a_list_has_rows_with_the_same_flat_columns(
    cls: Any, body: Any, texts: list[str]
) -> None:
    del texts
    items = read(cls, body)
    rows = items.to_rows()
    assert len(rows) == len(items)
    assert [row["id"] for row in rows if "id" in row] == [
        item.id for item in items if hasattr(item, "id")
    ]
    assert len({tuple(row) for row in rows}) == 1
    scalars = (str, int, float, datetime, type(None))
    assert all(isinstance(value, scalars) for row in rows for value in row.values())


def test_rows_hold_names_flags_and_json_but_no_secret() -> None:
    first, second = conversation_page().to_rows()
    assert first["tools"].startswith("weather, web_search, document_library lib_1")
    assert first["agent_id"] is None
    assert second["model"] is None
    assert "canary" not in repr((first, second))
    (card, new) = read(ModelList, LISTS[6][1]).to_rows()
    assert "completion_chat" in card["capabilities"]
    assert (new["id"], new["type"]) == ("m", "new")
    (row,) = read(ListDocumentOut, documents(1)).to_rows()
    assert row["name"]
    assert "canary" not in repr(read(PaginatedConnectors, connectors(1)).to_rows())


def test_a_history_has_a_row_for_each_entry() -> None:
    history = history_of(*ENTRIES)
    rows = history.to_rows()
    assert [row["type"] for row in rows] == [entry["type"] for entry in ENTRIES]
    assert len({tuple(row) for row in rows}) == 1
    by_type = {row["type"]: row for row in rows}
    assert by_type["message.output"]["text"] == "The sky is blue."
    assert by_type["message.output"]["thinking"] == "Let me see."
    assert by_type["function.call"]["text"] == '{"city": {"name": "Oslo"}}'
    assert by_type["function.result"]["text"] == ENTRIES[4]["result"]
    assert by_type["agent.handoff"]["name"] == "weather desk"
    assert by_type["moderation.verdict"]["text"] == json.dumps(ENTRIES[-1])
    response, _, messages, *_ = all_answers()
    assert len(response.to_rows()) == len(response.outputs)
    assert len(messages.to_rows()) == 2


def test_the_rows_of_a_run_have_what_it_knows_of_its_calls() -> None:
    result = run_result()
    rows = result.to_rows()
    assert len({tuple(row) for row in rows}) == 1
    (call,) = result.calls
    columns = "tool_call_id", "name", "text", "seconds", "error"
    assert [
        tuple(map(row.get, columns)) for row in rows if row["type"] == "function.result"
    ] == [(call.tool_call_id, call.name, call.result, call.seconds, call.error)]
    others = [row for row in rows if row["type"] != "function.result"]
    assert {(row["seconds"], row["error"]) for row in others} == {(None, None)}


@for_each("entry", ENTRIES)
def test_a_single_entry_and_its_chunks_are_shown(entry: dict[str, Any]) -> None:
    (one,) = history_of(entry).entries
    assert notebook(one) in notebook(history_of(entry))
    content = getattr(one, "content", ())
    for chunk in () if isinstance(content, str) else content:
        assert elements(notebook(chunk), "body > *")


def test_an_agent_is_a_card_of_its_fields() -> None:
    html = notebook(read(Agent, agent(1, instructions="Be *kind*.", tools=TOOLS)))
    shown = {
        row.css("th")[0].text(): row.css("td")[0].text() for row in elements(html, "tr")
    }
    assert shown["instructions"] == "Be *kind*."
    assert "weather · web_search" in shown["tools"]
    assert "canary" not in html
    card = notebook(read(Connector, connector(1)))
    assert "canary" not in card
    assert text_of(card)


def test_other_answers_are_left_to_their_repr() -> None:
    assert Answer()._repr_html_() is None
    assert show("text") is None


def test_a_page_holds_the_fragment_and_may_load_nothing() -> None:
    fragment = transcript(history_of(*ENTRIES))
    html = page("</title><script>", fragment)
    assert html.startswith("<!doctype html>\n<html><head><meta charset")
    (title,) = elements(html, "title")
    assert title.text() == "</title><script>"
    assert elements(html, "script") == []
    metas = [node.attributes for node in elements(html, "meta")]
    policies = [
        t["content"]
        for t in metas
        if t.get("http-equiv", "") == "Content-Security-Policy"
    ]
    assert "default-src 'none'; img-src data:;" in (policies[0] or "")
    assert html_tree(html).css("body")[0].text() == f"{text_of(fragment)}\n"


def test_a_page_of_a_plain_str_shows_it_as_text() -> None:
    html = page("title", "<b>bold</b>")  # type: ignore[arg-type]
    assert html_tree(html).css("body")[0].text() == "<b>bold</b>\n"


def test_the_models_do_not_import_it() -> None:
    code = (
        "import sys\n"
        "from mistral_conversations import ConversationPage\n"
        "print('mistral_conversations.html' in sys.modules)\n"
        "ConversationPage(conversations=(), page=0, page_size=1)._repr_html_()\n"
        "print('mistral_conversations.html' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["False", "True"]


def test_a_run_is_shown_with_the_time_of_its_calls() -> None:
    text = text_of(notebook(run_result()))
    assert "function result · weather · failed · 1.23 s" in text
    about = "2 turns · 1 call · 2 open calls · 7 + 3 tokens, 10 in total"
    assert f"{CONVERSATION_ID} · {about}" in text
    (call,) = run_result().calls
    done = attrs.evolve(call, error=None)
    text = text_of(notebook(run_result(calls=(done,), open_calls=(), turns=1)))
    assert "function result · weather · 1.23 s" in text
    assert "1 turn · 1 call · 7 + 3" in text


def test_a_run_shows_the_answer_that_it_found() -> None:
    found = from_dict(ConversationResponse, response(message("Blue.")))
    text = text_of(notebook(run_result(entries=(), response=found, calls=())))
    assert "Blue." in text
    text = text_of(notebook(run_result(entries=(), response=None, calls=())))
    assert "no entries" in text


def test_unknown_usage_is_not_shown() -> None:
    unknown = from_dict(ConversationResponse, {**response(message()), "usage": {}})
    assert "tokens" not in transcript(unknown)
    assert CONVERSATION_ID in transcript(unknown)
