"""Models of MCP tools, and of the contents that they return.

The names are those of the Model Context Protocol; `_meta` is the field `mcp_meta`.
"""

from base64 import b64decode
from collections.abc import Mapping
from types import NoneType
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.model import Model, Unknown

__all__ = [
    "Annotations",
    "AudioContent",
    "BlobResourceContents",
    "EmbeddedResource",
    "ImageContent",
    "MCPServerIcon",
    "MCPTool",
    "ResourceContents",
    "ResourceLink",
    "TextContent",
    "TextResourceContents",
    "ToolAnnotations",
    "ToolContents",
    "ToolExecution",
    "UnknownContent",
    "UnknownMCPTool",
    "UnknownResourceContents",
]

_MIME_TYPE = {"key": "mimeType"}
# An odd value in an optional field must not make the content an UnknownContent.
_NONE_IF_ODD = {"if_odd": NoneType}
_META = {"key": "_meta", **_NONE_IF_ODD}


@frozen(kw_only=True, repr=False)
class MCPServerIcon(Model):
    """An icon of a tool or a resource."""

    src: str
    """A URL; it may be a `data:` URL."""

    mime_type: str | None = attrs.field(default=None, metadata=_MIME_TYPE)
    sizes: tuple[str, ...] | None = None
    """Sizes such as `48x48`; `any` for an icon that scales."""


@frozen(kw_only=True, repr=False)
class ToolAnnotations(Model):
    """A tool's own description of its behaviour: hints, not guarantees."""

    title: str | None = None
    read_only_hint: bool | None = attrs.field(
        default=None, metadata={"key": "readOnlyHint"}
    )
    """Whether the tool changes nothing; None means that it may."""

    destructive_hint: bool | None = attrs.field(
        default=None, metadata={"key": "destructiveHint"}
    )
    """Whether the tool may delete or overwrite; None means that it may."""

    idempotent_hint: bool | None = attrs.field(
        default=None, metadata={"key": "idempotentHint"}
    )
    """Whether repeating a call changes nothing more; None means that it does."""

    open_world_hint: bool | None = attrs.field(
        default=None, metadata={"key": "openWorldHint"}
    )
    """Whether the tool reaches outside, such as to the web; None means that it does."""


@frozen(kw_only=True, repr=False)
class ToolExecution(Model):
    """How a tool is run."""

    task_support: Literal["forbidden", "optional", "required"] | str | None = (
        attrs.field(default=None, metadata={"key": "taskSupport"})
    )
    """Whether the tool can, or must, run as a task of MCP."""


@frozen(kw_only=True, repr=False)
class MCPTool(Model):
    """A tool of a connector, as its MCP server describes it."""

    name: str
    title: str | None = None
    description: str | None = None
    input_schema: Mapping[str, Any] = attrs.field(
        hash=False, metadata={"key": "inputSchema", "if_odd": dict}
    )
    """The JSON Schema of the arguments; empty if the service sent no object: `extra`
    then holds what it sent."""

    output_schema: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata={"key": "outputSchema"}
    )
    """The JSON Schema of `structured_content`; None if the tool has none."""

    icons: tuple[MCPServerIcon, ...] | None = None
    annotations: ToolAnnotations | None = None
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )
    """The tool's `_meta`: `ui` and other keys, as the server sent them."""

    execution: ToolExecution | None = None


@frozen(kw_only=True)
class UnknownMCPTool(Unknown):
    """A tool that does not fit `MCPTool`, such as one without a name."""


@frozen(kw_only=True, repr=False)
class Annotations(Model):
    """The audience of a content, and its importance."""

    audience: tuple[Literal["user", "assistant"] | str, ...] | None = None
    priority: float | None = None
    """From 0 (the least important) to 1."""


@frozen(kw_only=True, repr=False)
class TextContent(Model):
    """Text."""

    type: Literal["text"] = "text"
    text: str
    annotations: Annotations | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )


@frozen(kw_only=True, repr=False)
class ImageContent(Model):
    """An image."""

    type: Literal["image"] = "image"
    data: str
    """The image in base64; `decoded` is its bytes."""

    mime_type: str = attrs.field(metadata=_MIME_TYPE)
    annotations: Annotations | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )

    @property
    def decoded(self) -> bytes:
        """The bytes of the image.

        Raises:
            ValueError: `data` is not base64.
        """
        return _decoded(self.data, "ImageContent.data")


@frozen(kw_only=True, repr=False)
class AudioContent(Model):
    """A sound."""

    type: Literal["audio"] = "audio"
    data: str
    """The sound in base64; `decoded` is its bytes."""

    mime_type: str = attrs.field(metadata=_MIME_TYPE)
    annotations: Annotations | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )

    @property
    def decoded(self) -> bytes:
        """The bytes of the sound.

        Raises:
            ValueError: `data` is not base64.
        """
        return _decoded(self.data, "AudioContent.data")


@frozen(kw_only=True, repr=False)
class ResourceLink(Model):
    """A resource that the connector can read, without its contents."""

    type: Literal["resource_link"] = "resource_link"
    name: str
    title: str | None = None
    uri: str
    description: str | None = None
    mime_type: str | None = attrs.field(default=None, metadata=_MIME_TYPE)
    size: int | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    """The size in bytes."""

    icons: tuple[MCPServerIcon, ...] | None = attrs.field(
        default=None, metadata=_NONE_IF_ODD
    )
    annotations: Annotations | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )


@frozen(kw_only=True, repr=False)
class TextResourceContents(Model):
    """The text of a resource."""

    uri: str
    mime_type: str | None = attrs.field(default=None, metadata=_MIME_TYPE)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )
    text: str


@frozen(kw_only=True, repr=False)
class BlobResourceContents(Model):
    """The bytes of a resource."""

    uri: str
    mime_type: str | None = attrs.field(default=None, metadata=_MIME_TYPE)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )
    blob: str
    """The contents in base64; `decoded` is their bytes."""

    @property
    def decoded(self) -> bytes:
        """The bytes of the resource.

        Raises:
            ValueError: `blob` is not base64.
        """
        return _decoded(self.blob, "BlobResourceContents.blob")


@frozen(kw_only=True)
class UnknownResourceContents(Unknown):
    """The contents of a resource, neither text nor bytes."""


ResourceContents: TypeAlias = (
    TextResourceContents | BlobResourceContents | UnknownResourceContents
)


@frozen(kw_only=True, repr=False)
class EmbeddedResource(Model):
    """A resource with its contents."""

    type: Literal["resource"] = "resource"
    resource: ResourceContents
    annotations: Annotations | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata=_META
    )


@frozen(kw_only=True)
class UnknownContent(Unknown):
    """A content of an unknown type, or one that does not fit its type's schema."""


ToolContents: TypeAlias = (
    TextContent
    | ImageContent
    | AudioContent
    | ResourceLink
    | EmbeddedResource
    | UnknownContent
)


def _decoded(data: str, name: str) -> bytes:
    try:  # MIME breaks base64 into lines (RFC 2045, 6.8)
        return b64decode("".join(data.split()), validate=True)
    except ValueError as error:
        raise ValueError(f"{name} is not base64: {error}") from None


publish(globals(), *__all__)
