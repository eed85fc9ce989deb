"""The functions of a chat, found by the names of modules and objects."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mistral_conversations import ConfigurationError
from mistral_conversations.cli import main
from mistral_conversations.cli.tools import load_tools
from tests.support.for_each import for_each

MODULE = '''
from mistral_conversations import FunctionTool, Function, MCPTools, WebSearchTool
from mistral_conversations import function_tool


def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"sunny in {city}"


@function_tool(name="sum")
async def add(a: int, b: int) -> int:
    return a + b


class Shop:
    def price(self, item: str) -> float:
        return 2.5


shop = Shop()
search = WebSearchTool()
everything = [get_weather, add]
both = (shop.price, search)
declared = FunctionTool(function=Function(name="far", parameters={}))
number = 7
session = type("Session", (), {"list_tools": len, "call_tool": len})()
servers = [MCPTools(session)]
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with modules, which are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    (tmp_path / "weather_tools.py").write_text(MODULE)
    package = tmp_path / "packaged_tools"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("def ping() -> str:\n    return 'pong'\n")
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {"weather_tools", "packaged_tools", "broken"}:
            del sys.modules[name]


@pytest.mark.usefixtures("folder")
@for_each(
    ("names", "functions", "declared"),
    [
        (["weather_tools:get_weather"], ["get_weather"], 0),
        (["weather_tools:add"], ["sum"], 0),
        (["weather_tools:everything"], ["get_weather", "sum"], 0),
        (["weather_tools:both"], ["price"], 1),
        (["weather_tools:shop.price"], ["price"], 0),
        (["weather_tools:search"], [], 1),
        (["packaged_tools.inner:ping"], ["ping"], 0),
        (
            ["packaged_tools.inner:ping", "weather_tools:add"],
            ["ping", "sum"],
            0,
        ),
        (["weather_tools:add", "weather_tools:everything"], ["sum", "get_weather"], 0),
    ],
)
def test_tools_are_those_named(
    names: list[str], functions: list[str], declared: int
) -> None:
    toolset = load_tools(names)
    assert [*toolset.functions] == functions
    assert len(toolset.declared) == declared


@for_each(
    ("name", "message"),
    [
        ("nowhere:f", "--tools nowhere:f: there is no module 'nowhere' here or among"),
        ("weather_tools.more:f", "there is no module 'weather_tools.more' here"),
        (
            "weather_tools:get_wether",
            "has no 'get_wether'; did you mean 'get_weather'?",
        ),
        ("weather_tools:shop.cost", "--tools weather_tools:shop.cost: 'Shop' has no"),
        ("weather_tools:number", "--tools weather_tools:number: tools[0]"),
        ("weather_tools:servers", "the command line takes functions, not the tools of"),
        ("weather_tools:declared", "far is only declared: name the function itself"),
        (
            "broken:f",
            "--tools broken:f: importing 'broken' failed: ZeroDivisionError: division",
        ),
        ("broken.deep:f", "importing 'broken.deep' failed: ZeroDivisionError"),
    ],
)
def test_name_without_a_tool_is_refused(folder: Path, name: str, message: str) -> None:
    (folder / "broken.py").write_text("1 / 0\n")
    with pytest.raises(ConfigurationError) as caught:
        load_tools([name])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import not_installed_here", "No module named 'not_installed_here'"),
        ("def f(:", "importing 'broken' failed: SyntaxError"),
        ("raise SystemExit(3)", "importing 'broken' failed: SystemExit: 3"),
    ],
)
def test_import_that_fails_is_described(folder: Path, code: str, message: str) -> None:
    (folder / "broken.py").write_text(code)
    with pytest.raises(ConfigurationError) as caught:
        load_tools(["broken:f"])
    assert message in str(caught.value)


def test_two_functions_of_one_name_are_refused(folder: Path) -> None:
    (folder / "broken.py").write_text("def get_weather(city: str) -> str: ...\n")
    with pytest.raises(ConfigurationError, match="get_weather"):
        load_tools(["weather_tools:get_weather", "broken:get_weather"])


@for_each(
    ("words", "message"),
    [
        (["--tools", "weather"], "must be MODULE:NAME, not 'weather'"),
        (["--tools", ":f"], "must be MODULE:NAME"),
        (["--tools", "weather:"], "must be MODULE:NAME"),
        (["--tools", "a b:f"], "must be MODULE:NAME"),
        (["--tools", "src/weather.py:f"], "must name a module, such as weather:f"),
        (["--tools", "weather.py"], "must name a module, such as weather:NAME"),
        (["--tools"], "expected at least one argument"),
    ],
)
def test_other_form_is_a_usage_error(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["chat", *words])
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err
