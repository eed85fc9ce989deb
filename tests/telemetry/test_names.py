"""The names of the conventions are those of their published constants."""

from typing import Any

from opentelemetry.semconv._incubating.attributes import (
    error_attributes,
    gen_ai_attributes,
    http_attributes,
    server_attributes,
)
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

from mistral_conversations.telemetry import names

PUBLISHED = {
    value
    for module in (
        error_attributes,
        gen_ai_attributes,
        gen_ai_metrics,
        http_attributes,
        server_attributes,
    )
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str)
}
OURS: dict[str, Any] = {
    name: value for name, value in vars(names).items() if name.isupper()
}


def test_a_name_of_the_conventions_is_published() -> None:
    found = {
        value
        for value in OURS.values()
        if isinstance(value, str)
        and value.startswith(("gen_ai.", "server.", "http.", "error."))
    }
    assert len(found) > 30
    assert found - PUBLISHED == set()


def test_every_other_attribute_has_our_prefix() -> None:
    dotted = {v for v in OURS.values() if isinstance(v, str) and "." in v}
    prefixes = {value.partition(".")[0] for value in dotted}
    assert prefixes <= {
        "gen_ai",
        "server",
        "http",
        "error",
        "exception",
        "mistral_conversations",
        "https://opentelemetry",
        "1",
    }


def test_the_version_of_the_conventions_is_in_the_schema() -> None:
    assert names.SCHEMA_URL.endswith(f"/{names.CONVENTIONS}")
