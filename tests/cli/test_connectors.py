"""`connectors`."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mistral_conversations.cli import main
from mistral_conversations.server import LocalConnector, LocalServer

Capture = pytest.CaptureFixture[str]


def tides(port: str = "Brest") -> str:
    """Say when the water is high.

    In local time.
    """
    return f"High\nin {port}\x1b[2J"


def chart() -> Any:
    return [
        {"type": "image", "data": "AA==", "mimeType": "image/png"},
        {"type": "resource_link", "name": "n", "uri": "harbour://chart"},
        {"type": "resource", "resource": {"uri": "u", "text": "Deep"}},
    ]


def broken() -> None:
    raise RuntimeError("The mast broke")


@pytest.fixture(autouse=True)
def connectors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[LocalConnector]]:
    """Serve two connectors, and point the commands to them."""
    tools: dict[str, Any] = {"tides": tides, "chart": chart, "broken": broken}
    found = [
        LocalConnector("harbour", tools=tools),
        LocalConnector("ma\nil\x1b[2J", authenticated=False, active=False),
    ]
    with LocalServer(connectors=found) as server:
        monkeypatch.setenv("MISTRAL_API_KEY", "sk-test")
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        yield found


def test_connectors_have_a_line_each(
    connectors: list[LocalConnector], capsys: Capture
) -> None:
    line = f"{connectors[1].id}  no      no      ma il\\x1b[2J\n"
    assert main(["connectors", "list"]) == 0
    assert capsys.readouterr() == (
        f"{connectors[0].id}  yes     yes     harbour\n{line}",
        "",
    )


def test_tools_have_a_line_each(capsys: Capture) -> None:
    assert main(["connectors", "tools", "harbour"]) == 0
    out, err = capsys.readouterr()
    assert re.sub(" +", " ", out) == (
        "tides Say when the water is high.\nchart -\nbroken -\n"
    )
    assert err == ""


def test_the_url_is_printed(connectors: list[LocalConnector], capsys: Capture) -> None:
    assert main(["connectors", "auth-url", connectors[1].id]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\S+\n", out)
    assert err == "open it in a browser within 600 seconds\n"


def test_the_result_of_a_call_is_printed(capsys: Capture) -> None:
    assert main(["connectors", "call", "harbour", "tides", '{"port": "Oslo"}']) == 0
    assert capsys.readouterr() == ("High\nin Oslo\\x1b[2J\n", "")
    assert main(["connectors", "call", "harbour", "chart"]) == 0
    assert capsys.readouterr().out == "[image image/png]\n[harbour://chart]\nDeep\n"


def test_a_failed_tool_is_a_failure(capsys: Capture) -> None:
    assert main(["connectors", "call", "harbour", "broken"]) == 1
    assert capsys.readouterr() == (
        "RuntimeError: The mast broke\n",
        "error: broken failed\n",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["call", "harbour", "sails"], "HTTP 404"),
        (["tools", "nobody"], "HTTP 404"),
        (["tools", "harbour", "--credentials", "other"], "HTTP 404"),
    ],
)
def test_an_error_is_one_line(words: list[str], message: str, capsys: Capture) -> None:
    assert main(["connectors", *words]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), message in err) == ("", 1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["call", "harbour", "tides", "{"], "must be JSON"),
        (["call", "harbour", "tides", '{"port": NaN}'], "must be JSON"),
        (["call", "harbour", "tides", r'{"port": "\ud800"}'], "must be JSON"),
        (["call", "harbour", "tides", "[1]"], "must be a JSON object"),
        (["call", "harbour", " "], "must not be blank"),
        (["tools", "harbour", "--credentials", "a b"], "must be 1 to 64"),
    ],
)
def test_wrong_words_are_refused(
    words: list[str], message: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["connectors", *words])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
