"""The operations of blocking clients on the wire, as those of their twins."""

from typing import Any

import pytest

from mistral_conversations import (
    Accesses,
    Agents,
    BatchJobs,
    Connectors,
    Documents,
    Files,
    Libraries,
    Models,
    NotFoundError,
)
from tests import (
    test_accesses,
    test_agents,
    test_batch_jobs,
    test_connectors,
    test_documents,
    test_files,
    test_libraries,
    test_model_list,
)
from tests.support.agent_bodies import agent
from tests.support.clients import answers, lose, refusal
from tests.support.raw_server import http, json_answer, raw_server_on_thread
from tests.support.sent_requests import sent

ASKED: list[tuple[Any, str, Any, Any, Any]] = [
    (cls, *each)
    for cls, wire in (
        (Agents, test_agents.WIRE),
        (Libraries, test_libraries.WIRE),
        (Documents, test_documents.WIRE),
        (Accesses, test_accesses.WIRE),
        (Files, test_files.WIRE),
        (BatchJobs, test_batch_jobs.WIRE),
        (Connectors, test_connectors.WIRE),
        (Models, test_model_list.WIRE),
    )
    for each in wire
]
ANSWERS: dict[Any, dict[str, Any]] = {
    Agents: test_agents.ANSWERS,
    Libraries: {m: (kind, body) for m, (_, kind, body) in
        test_libraries.ANSWERS.items()},
    Documents: {**test_documents.ANSWERS,
        **dict.fromkeys(test_documents.TEXTS, (str, "https://a.example"))},
    Accesses: test_accesses.ANSWERS,
    Files: test_files.ANSWERS,
    BatchJobs: test_batch_jobs.ANSWERS,
    Connectors: test_connectors.ANSWERS,
    Models: test_model_list.ANSWERS,
}  # fmt: skip


@pytest.mark.parametrize(("cls", "method", "args", "kwargs", "wanted"), ASKED)
def test_operation_asks_and_answers_as_its_twin(
    cls: Any, method: str, args: Any, kwargs: Any, wanted: Any
) -> None:
    kind, body = ANSWERS[cls].get(method, (type(None), None))
    reply = http(204) if body is None else json_answer(body)
    with (
        raw_server_on_thread(answers(reply)) as server,
        cls("sk-test", base_url=server.base_url) as client,
    ):
        found = getattr(client, method)(*args, **kwargs)
    assert [sent(request) for request in server.requests] == [wanted]
    assert type(found) is kind


def test_wrong_parameters_are_refused_before_anything_is_sent() -> None:
    with (
        raw_server_on_thread(answers(json_answer(agent()))) as server,
        Agents("sk-test", base_url=server.base_url) as client,
    ):
        wrong: Any = None
        with pytest.raises(TypeError, match=r"^tools cannot be null"):
            client.update("ag_1", tools=wrong)
        with pytest.raises(ValueError, match=r"^page_size must be 1 or more"):
            client.list_all(0)
        assert server.connections == 0


def test_delete_whose_first_answer_was_lost_gives_none() -> None:
    with (
        raw_server_on_thread(answers(lose, refusal(404))) as server,
        Libraries("sk-test", base_url=server.base_url) as client,
    ):
        assert client.delete("lib_1") is None
        with pytest.raises(NotFoundError, match="Not today"):
            client.delete("lib_1")
    assert len(server.requests) == 3
