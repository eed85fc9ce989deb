"""JSON Schemas of the settings of a conversation."""

from collections.abc import Mapping

from tests.support.local.schema_terms import (
    FLAG,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    closed_object,
    limited,
    list_of,
    nullable,
    open_object,
    ref,
    ref_or_null,
    tagged,
    words,
)

__all__ = ["SETTINGS", "TOOL"]

_NAMES = nullable(list_of(TEXT))
_BOTH_MODERATIONS = (
    *("sexual", "hate_and_discrimination", "violence_and_threats"),
    *("selfharm", "health", "financial", "law", "pii"),
)


def _tool(tag: str, optional: str = "", /, **own: Schema) -> Schema:
    configured = {"tool_configuration": ref_or_null("ToolConfiguration")}
    return closed_object(
        f"tool_configuration {optional}", type=words(tag), **configured, **own
    )


def _key(tag: str) -> Schema:
    return closed_object(type=words(tag), value=TEXT)


_KEYS = {"OAuth2TokenAuth": _key("oauth2-token"), "APIKeyAuth": _key("api-key")}
_TOOLS = {
    "FunctionTool": closed_object(type=words("function"), function=ref("Function")),
    "WebSearchTool": _tool("web_search"),
    "WebSearchPremiumTool": _tool("web_search_premium"),
    "CodeInterpreterTool": _tool("code_interpreter"),
    "ImageGenerationTool": _tool("image_generation"),
    "DocumentLibraryTool": _tool(
        "document_library", library_ids=list_of(TEXT, minItems=1)
    ),
    "CustomConnector": _tool(
        "connector",
        "authorization",
        connector_id=TEXT,
        authorization={"anyOf": [tagged(_KEYS, *_KEYS), {"type": "null"}]},
    ),
}


def _moderation(version: str) -> Schema:
    return open_object(
        "model_name custom_category_thresholds ignore_other_categories action",
        model_name=TEXT,
        custom_category_thresholds=ref_or_null(
            f"ModerationLLM{version}CategoryThresholds"
        ),
        ignore_other_categories=FLAG,
        action=words("none", "block"),
    )


def _thresholds(*categories: str) -> Schema:
    known = dict.fromkeys((*_BOTH_MODERATIONS, *categories), limited("number"))
    return open_object(" ".join(known), **known)


_GUARDRAILS = {
    "GuardrailConfig": open_object(
        "block_on_error moderation_llm_v1 moderation_llm_v2",
        block_on_error=FLAG,
        moderation_llm_v1=ref_or_null("ModerationLLMV1Config"),
        moderation_llm_v2=ref_or_null("ModerationLLMV2Config"),
    ),
    "ModerationLLMV1Config": _moderation("V1"),
    "ModerationLLMV2Config": _moderation("V2"),
    "ModerationLLMV1CategoryThresholds": _thresholds("dangerous_and_criminal_content"),
    "ModerationLLMV2CategoryThresholds": _thresholds(
        "dangerous", "criminal", "jailbreaking"
    ),
}

_COMPLETION_ARGS: Mapping[str, Schema] = {
    "stop": {"type": ["string", "array", "null"], "items": TEXT},
    "presence_penalty": limited("number", minimum=-2, maximum=2),
    "frequency_penalty": limited("number", minimum=-2, maximum=2),
    "temperature": limited("number", minimum=0, maximum=1),
    "top_p": limited("number", minimum=0, maximum=1),
    "max_tokens": limited("integer", minimum=0),
    "random_seed": limited("integer", minimum=0),
    "prediction": ref_or_null("Prediction"),
    "response_format": ref_or_null("ResponseFormat"),
    "tool_choice": words("auto", "none", "any", "required"),
    "reasoning_effort": nullable(
        words("none", "minimal", "low", "medium", "high", "xhigh")
    ),
}

TOOL = tagged(_TOOLS, *_TOOLS)

SETTINGS: Mapping[str, Schema] = {
    **_TOOLS,
    **_KEYS,
    **_GUARDRAILS,
    "ToolConfiguration": closed_object(
        "exclude include requires_confirmation",
        exclude=_NAMES,
        include=_NAMES,
        requires_confirmation=_NAMES,
    ),
    "Function": closed_object(
        "description strict",
        name=TEXT,
        description=TEXT,
        strict=FLAG,
        parameters=OBJECT,
    ),
    "ImageURL": closed_object(
        "detail", url=TEXT, detail=nullable(words("low", "auto", "high"))
    ),
    "CompletionArgs": closed_object(" ".join(_COMPLETION_ARGS), **_COMPLETION_ARGS),
    "Prediction": closed_object("content", type=words("content"), content=TEXT),
    "ResponseFormat": closed_object(
        "type json_schema",
        type=words("text", "json_object", "json_schema"),
        json_schema=ref_or_null("JsonSchema"),
    ),
    "JsonSchema": closed_object(
        "description strict",
        name=TEXT,
        description=TEXT_OR_NULL,
        schema=OBJECT,
        strict=FLAG,
    ),
}
