"""The schemas of the settings of models and agents, as tables of checks."""

from functools import partial

from mistral_conversations.server.web.checks import (
    Check,
    any_object,
    boolean,
    either,
    exactly,
    fields,
    integer,
    items,
    nullable,
    number,
    open_fields,
    string,
    tagged,
)

__all__ = ["COMPLETION_ARGS", "GUARDRAILS", "TOOLS"]

COMPLETION_ARGS = fields(
    stop=nullable(either(str=string, list=items(string))),
    presence_penalty=nullable(number(ge=-2.0, le=2.0)),
    frequency_penalty=nullable(number(ge=-2.0, le=2.0)),
    temperature=nullable(number(ge=0.0, le=1.0)),
    top_p=nullable(number(ge=0.0, le=1.0)),
    max_tokens=nullable(integer(ge=0)),
    random_seed=nullable(integer(ge=0)),
    prediction=nullable(fields(type=exactly("content"), content=string)),
    response_format=nullable(
        fields(
            type=exactly("text", "json_object", "json_schema"),
            json_schema=nullable(
                fields(
                    "name",
                    "schema",
                    name=string,
                    description=nullable(string),
                    schema=any_object,
                    strict=boolean,
                )
            ),
        )
    ),
    tool_choice=exactly("auto", "none", "any", "required"),
    reasoning_effort=nullable(
        # Beyond the schema: `max`, which the vendor's client knows.
        exactly("none", "minimal", "low", "medium", "high", "xhigh", "max")
    ),
)
"""Sampling parameters: temperature and others."""

_names = nullable(items(string))
_tool = partial(
    fields,
    type=string,
    tool_configuration=nullable(
        fields(exclude=_names, include=_names, requires_confirmation=_names)
    ),
)
_key = fields("value", type=string, value=string)
TOOLS = items(
    tagged(
        {
            "function": fields(
                "function",
                type=string,
                function=fields(
                    "name",
                    "parameters",
                    name=string,
                    description=string,
                    strict=boolean,
                    parameters=any_object,
                ),
            ),
            "web_search": _tool(),
            "web_search_premium": _tool(),
            "code_interpreter": _tool(),
            "image_generation": _tool(),
            "document_library": _tool(
                "library_ids", library_ids=items(string, least=1)
            ),
            "connector": _tool(
                "connector_id",
                connector_id=string,
                authorization=nullable(tagged({"oauth2-token": _key, "api-key": _key})),
            ),
        }
    )
)
"""The tools of a model."""


def _moderation(*categories: str) -> Check:
    thresholds = {category: nullable(number()) for category in categories}
    return nullable(
        open_fields(
            model_name=string,
            custom_category_thresholds=nullable(open_fields(**thresholds)),
            ignore_other_categories=boolean,
            action=exactly("none", "block"),
        )
    )


_in_both_moderations = (
    *("sexual", "hate_and_discrimination", "violence_and_threats"),
    *("selfharm", "health", "financial", "law", "pii"),
)
GUARDRAILS = items(
    open_fields(
        block_on_error=boolean,
        moderation_llm_v1=_moderation(
            *_in_both_moderations, "dangerous_and_criminal_content"
        ),
        moderation_llm_v2=_moderation(
            *_in_both_moderations, "dangerous", "criminal", "jailbreaking"
        ),
    )
)
"""Moderation of inputs and answers."""
