"""`documents`."""

import json
import re

import pytest

from mistral_conversations import Mistral
from mistral_conversations.cli import main

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
NOBODYS = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("mistral_server")


@pytest.fixture
def library() -> tuple[str, str, str]:
    """Return the ids of a library and of its two documents."""
    with Mistral() as client:
        library_id = client.libraries.create("Ships").id
        upload = client.libraries.documents.upload
        first = upload(library_id, b"Sails\x1b[2J fly.", name="sails.txt").id
        second = upload(library_id, b"Masts stand.", name="masts.txt").id
        for each in (first, second):
            client.libraries.documents.wait_until_processed(library_id, each)
    return library_id, first, second


def test_documents_have_a_line_each(
    library: tuple[str, str, str], capsys: Capture
) -> None:
    library_id, first, second = library
    assert main(["documents", "list", library_id]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert {line[:36] for line in out.splitlines()} == {first, second}
    line = rf"{second}  {TIME}  Completed   12 {{10}}  masts\.txt"
    assert re.search(rf"^{line}$", out, re.MULTILINE)
    assert main(["documents", "list", library_id, "--search", "sails", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["id"] == first


def test_the_text_of_a_document_is_shown(
    library: tuple[str, str, str], capsys: Capture
) -> None:
    library_id, first, _ = library
    assert main(["documents", "text", library_id, first]) == 0
    assert capsys.readouterr() == ("Sails\\x1b[2J fly.\n", "")


def test_delete_continues_after_one_that_is_not_there(
    library: tuple[str, str, str], capsys: Capture
) -> None:
    library_id, first, second = library
    assert main(["documents", "delete", library_id, first, NOBODYS, second]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {first}\ndeleted {second}\n"
    assert err.startswith(f"error: {NOBODYS}: HTTP 404")
