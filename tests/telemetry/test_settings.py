"""Whether a client records: its parameter, the environment, the package."""

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracerProvider

from mistral_conversations import AsyncMistral, ConfigurationError, Mistral, Telemetry
from mistral_conversations.telemetry.settings import observer_of
from tests.support.for_each import for_each
from tests.support.interpreter import completed

EXPORTER = {"OTEL_TRACES_EXPORTER": "otlp"}
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}


@for_each(
    "environ, records",
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "shop"}, False),
        (EXPORTER, True),
        ({"OTEL_METRICS_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "otlp"}, True),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, True),
        (
            {
                **ENDPOINT,
                "OTEL_TRACES_EXPORTER": "none",
                "OTEL_METRICS_EXPORTER": "none",
            },
            False,
        ),
        ({**EXPORTER, "OTEL_SDK_DISABLED": "true"}, False),
        ({**EXPORTER, "OTEL_SDK_DISABLED": "false"}, True),
        ({**EXPORTER, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "a, *"}, False),
        (
            {
                **EXPORTER,
                "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "a,mistral_conversations",
            },
            False,
        ),
        ({**EXPORTER, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "aiohttp"}, True),
    ],
)
def test_the_environment_decides_without_the_parameter(
    environ: Mapping[str, str], *, records: bool
) -> None:
    assert (observer_of(None, environ) is not None) is records
    assert observer_of(True, environ) is not None
    assert observer_of(False, environ) is None


@for_each("client", [AsyncMistral, Mistral])
@for_each("value", [1, 0, "yes", {}, Telemetry, NoOpTracerProvider()])
def test_another_value_is_an_error_that_names_the_parameter(
    client: Any, value: Any
) -> None:
    with pytest.raises(ConfigurationError, match=r"^telemetry must be True, False"):
        client("key", telemetry=value)


class Broken:
    def get_tracer(self, *_: Any, **__: Any) -> Any:
        raise LookupError("no tracer")

    def get_meter(self, *_: Any, **__: Any) -> Any:
        raise LookupError("no meter")


@for_each(
    "settings, message",
    [
        (
            {"tracer_provider": "x"},
            r"tracer_provider must have .* get_tracer\(\)",
        ),
        ({"meter_provider": NoOpTracerProvider()}, "meter_provider must have a method"),
        ({"tracer_provider": NoOpTracerProvider}, "the class NoOpTracerProvider"),
        ({"content": "true"}, "content must be a bool"),
    ],
)
def test_bad_settings_name_their_remedy(settings: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Telemetry(**settings)


def test_settings_go_by_name() -> None:
    with pytest.raises(TypeError, match="takes its settings by name"):
        Telemetry(NoOpTracerProvider())  # type: ignore[call-arg]


@for_each("name", ["tracer_provider", "meter_provider"])
def test_a_provider_that_makes_nothing_is_an_error_of_the_constructor(
    name: str,
) -> None:
    settings: Any = {name: Broken()}
    with pytest.raises(ConfigurationError, match="provider raised LookupError: no "):
        AsyncMistral("key", telemetry=Telemetry(**settings))


PREPARED = """
import sys
from mistral_conversations import AsyncMistral, ConfigurationError, Telemetry
from mistral_conversations.server import LocalServer
import asyncio, os, logging
for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
    del sys.modules[name]

LATER = ("opentelemetry", "mistral_conversations.telemetry")

def loaded():
    return [name for name in sys.modules if name.startswith(LATER)]

async def ask(**options):
    async with LocalServer() as server:
        async with AsyncMistral("key", base_url=server.base_url, **options) as client:
            return (await client.conversations.run("Hello", model="m")).text
"""


def test_nothing_is_imported_when_it_is_off() -> None:
    program = f"""{PREPARED}
before = loaded()
for options in ({{}}, {{"telemetry": False}}, {{"telemetry": None}}):
    print(asyncio.run(ask(**options)), set(loaded()) - set(before))
"""
    ended = completed(program)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == ["Hello set()"] * 3


WITHOUT = f"""{PREPARED}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def test_without_the_package_the_error_names_the_extra() -> None:
    program = f"""{WITHOUT}
for telemetry in (True, Telemetry(content=True)):
    try:
        AsyncMistral("key", telemetry=telemetry)
    except ConfigurationError as error:
        print(error, error.__cause__, error.__context__)
"""
    ended = completed(program)
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 2
    for line in ended.out.splitlines():
        assert "pip install 'mistral-conversations[otel]'" in line
        assert line.endswith("None None")


def test_without_the_package_the_environment_is_answered_with_a_warning() -> None:
    program = f"""{WITHOUT}
os.environ["OTEL_TRACES_EXPORTER"] = "otlp"
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
print(asyncio.run(ask()))
"""
    ended = completed(program)
    assert (ended.code, ended.err) == (0, "")
    (warning,) = [line for line in ended.out.splitlines() if "telemetry" in line]
    assert warning.startswith("WARNING The environment asks for telemetry, but")
    assert ended.out.endswith("\nHello\n")
