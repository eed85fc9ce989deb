"""Models of the tools that a model may use."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.masks import masked_secrets, masked_values
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
    "UnknownAuthorization",
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
        "mistral_mcp",
    ]
    | str
)


@frozen(kw_only=True, repr=False)
class ToolConfiguration(Model):
    """The functions of a tool that may be used, and those that need a confirmation."""

    exclude: tuple[str, ...] | None = None
    include: tuple[str, ...] | None = None
    requires_confirmation: tuple[str, ...] | None = None
    """Functions whose calls wait for `append(..., tool_confirmations=...)`."""


@frozen(kw_only=True, repr=False)
class Function(Model):
    """The description of one of the caller's functions for the model."""

    name: str
    description: str | None = None
    """The purpose of the function; the service reads None as empty."""

    strict: bool | None = None
    """Whether arguments must follow the schema; the service reads None as false."""

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
    """The service's web search, including news agencies."""

    type: Literal["web_search_premium"] = "web_search_premium"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class CodeInterpreterTool(Model):
    """The service's Python interpreter."""

    type: Literal["code_interpreter"] = "code_interpreter"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class ImageGenerationTool(Model):
    """The service's image generator; images arrive as `ToolFileChunk`."""

    type: Literal["image_generation"] = "image_generation"
    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True, repr=False)
class DocumentLibraryTool(Model):
    """The service's search in document libraries."""

    type: Literal["document_library"] = "document_library"
    tool_configuration: ToolConfiguration | None = None
    library_ids: tuple[str, ...]
    """The libraries to search, at least one."""


@frozen(kw_only=True, repr=False)
class OAuth2TokenAuth(Model):
    """An OAuth 2 token for a connector."""

    type: Literal["oauth2-token"] = "oauth2-token"
    value: str = attrs.field(repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict, hash=False, repr=False)
    """Further keys of the object, which may be secrets too."""


@frozen(kw_only=True, repr=False)
class APIKeyAuth(Model):
    """An API key for a connector."""

    type: Literal["api-key"] = "api-key"
    value: str = attrs.field(repr=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict, hash=False, repr=False)
    """Further keys of the object, which may be secrets too."""


@frozen(kw_only=True)
class UnknownAuthorization(Unknown):
    """An authorization of an unknown type, or one that does not fit its schema."""

    raw: Any = attrs.field(hash=False, repr=False)
    """The object in JSON's plain types, with its secret; as input it is sent
    unchanged."""


Authorization: TypeAlias = OAuth2TokenAuth | APIKeyAuth | UnknownAuthorization


def _masked(authorization: Any) -> str:
    """Show an authorization, of a mapping only the keys."""
    if isinstance(authorization, Model | Unknown):
        return repr(authorization)
    return masked_values(authorization)


@frozen(kw_only=True, repr=False)
class CustomConnector(Model):
    """A connector registered with the service, such as an MCP server."""

    type: Literal["connector"] = "connector"
    connector_id: str
    """The `id` of a `Connector`; `LocalServer` also takes its `name`."""

    authorization: Authorization | Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, repr=_masked
    )
    """The credentials to use; None for those that the service has stored.

    Answers have one of the classes. As input, it may be a mapping with a `type`, which
    is sent unchanged.
    """

    tool_configuration: ToolConfiguration | None = None


@frozen(kw_only=True)
class UnknownTool(Unknown):
    """A tool of an unknown type, or one that does not fit its type's schema."""

    raw: Any = attrs.field(hash=False, repr=masked_secrets)
    """The object in JSON's plain types; as input it is sent unchanged."""


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


publish(globals(), *__all__)
