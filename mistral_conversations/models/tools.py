"""The tools a model may use, as they are given to start."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations.models.model import Model, Unknown

__all__ = [
    "APIKeyAuth",
    "Authorization",
    "BuiltInConnectors",
    "CodeInterpreterTool",
    "CustomConnector",
    "DocumentLibraryTool",
    "Function",
    "FunctionTool",
    "ImageGenerationTool",
    "OAuth2TokenAuth",
    "ToolConfiguration",
    "Tools",
    "UnknownTool",
    "WebSearchPremiumTool",
    "WebSearchTool",
]

BuiltInConnectors: TypeAlias = (
    Literal[
        "web_search",
        "web_search_premium",
        "code_interpreter",
        "image_generation",
        "document_library",
    ]
    | str
)


@frozen(kw_only=True, repr=False)
class ToolConfiguration(Model):
    """Which functions of a tool may be used, and which only after a confirmation."""

    exclude: tuple[str, ...] | None = None
    include: tuple[str, ...] | None = None
    requires_confirmation: tuple[str, ...] | None = None
    """Functions whose calls wait for `append(..., tool_confirmations=...)`."""


@frozen(kw_only=True, repr=False)
class Function(Model):
    """A function of the caller's, described to the model."""

    name: str
    description: str | None = None
    """What it is for; the service takes None as empty."""

    strict: bool | None = None
    """Whether arguments must follow the schema; the service takes None as false."""

    parameters: Mapping[str, Any] = attrs.field(hash=False)
    """The JSON Schema of the arguments, an object."""


@frozen(kw_only=True, repr=False)
class FunctionTool(Model):
    """A function that the caller runs when the model calls it."""

    type: Literal["function"] = "function"
    function: Function


@frozen(kw_only=True, repr=False)
class WebSearchTool(Model):
    """The service's web search."""

    type: Literal["web_search"] = "web_search"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class WebSearchPremiumTool(Model):
    """The service's web search, with news agencies beside the engine."""

    type: Literal["web_search_premium"] = "web_search_premium"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class CodeInterpreterTool(Model):
    """Python, run by the service."""

    type: Literal["code_interpreter"] = "code_interpreter"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class ImageGenerationTool(Model):
    """Images, made by the service; they come as `ToolFileChunk`."""

    type: Literal["image_generation"] = "image_generation"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class DocumentLibraryTool(Model):
    """Search in document libraries."""

    type: Literal["document_library"] = "document_library"
    tool_configuration: ToolConfiguration | None = None
    library_ids: tuple[str, ...]
    """The libraries to search in, one at least."""


@frozen(kw_only=True, repr=False)
class OAuth2TokenAuth(Model):
    """An OAuth 2 token to call a connector with."""

    type: Literal["oauth2-token"] = "oauth2-token"
    value: str = attrs.field(repr=False)


@frozen(kw_only=True, repr=False)
class APIKeyAuth(Model):
    """An API key to call a connector with."""

    type: Literal["api-key"] = "api-key"
    value: str = attrs.field(repr=False)


Authorization: TypeAlias = OAuth2TokenAuth | APIKeyAuth


@frozen(kw_only=True, repr=False)
class CustomConnector(Model):
    """A connector registered with the service, such as an MCP server."""

    type: Literal["connector"] = "connector"
    connector_id: str
    authorization: Authorization | None = None
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True)
class UnknownTool(Unknown):
    """A tool of a type that this version does not know, or of another shape."""


Tools: TypeAlias = (
    FunctionTool
    | WebSearchTool
    | WebSearchPremiumTool
    | CodeInterpreterTool
    | ImageGenerationTool
    | DocumentLibraryTool
    | CustomConnector
    | UnknownTool
)
