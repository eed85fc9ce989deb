"""Content chunks: what the `content` of a message is made of."""

from typing import Literal, TypeAlias

from attrs import frozen

from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.models.tools import BuiltInConnectors

__all__ = [
    "DocumentURLChunk",
    "ImageDetail",
    "ImageURL",
    "ImageURLChunk",
    "MessageInputContentChunks",
    "MessageOutputContentChunks",
    "OutputContentChunks",
    "ReferenceChunk",
    "TextChunk",
    "ThinkChunk",
    "ThinkingChunks",
    "ToolFileChunk",
    "ToolReferenceChunk",
    "UnknownChunk",
]

ImageDetail: TypeAlias = Literal["low", "auto", "high"] | str


@frozen(kw_only=True, repr=False)
class TextChunk(Model):
    """A piece of text."""

    type: Literal["text"] = "text"
    text: str


@frozen(kw_only=True, repr=False)
class ImageURL(Model):
    """The address of an image, with how closely to look at it."""

    url: str
    """An `https:` address or a `data:` one with the image in base64."""

    detail: ImageDetail | None = None


@frozen(kw_only=True, repr=False)
class ImageURLChunk(Model):
    """An image."""

    type: Literal["image_url"] = "image_url"
    image_url: ImageURL | str
    """The address alone, or with its `detail`."""


@frozen(kw_only=True, repr=False)
class DocumentURLChunk(Model):
    """A document to read."""

    type: Literal["document_url"] = "document_url"
    document_url: str
    document_name: str | None = None
    """The file name of the document."""


@frozen(kw_only=True, repr=False)
class ToolFileChunk(Model):
    """A file that a built-in tool made, such as an image."""

    type: Literal["tool_file"] = "tool_file"
    tool: BuiltInConnectors
    file_id: str
    """The id to download the file by, with the service's files API."""

    file_name: str | None = None
    file_type: str | None = None
    """The kind of file, as its extension (`png`)."""


@frozen(kw_only=True, repr=False)
class ToolReferenceChunk(Model):
    """A source that a built-in tool found, such as a web page."""

    type: Literal["tool_reference"] = "tool_reference"
    tool: BuiltInConnectors
    title: str
    url: str | None = None
    favicon: str | None = None
    description: str | None = None
    source: str | None = None
    """The search engine; seen in 2025, in no schema."""


@frozen(kw_only=True, repr=False)
class ReferenceChunk(Model):
    """Numbers of the references that a thought rests on."""

    type: Literal["reference"] = "reference"
    reference_ids: tuple[int, ...]


@frozen(kw_only=True)
class UnknownChunk(Unknown):
    """A chunk of a type that this version does not know, or of another shape."""


ThinkingChunks: TypeAlias = (
    TextChunk | ToolReferenceChunk | ReferenceChunk | UnknownChunk
)


@frozen(kw_only=True, repr=False)
class ThinkChunk(Model):
    """What a reasoning model thought."""

    type: Literal["thinking"] = "thinking"
    thinking: tuple[ThinkingChunks, ...]
    closed: bool | None = None
    """Whether the thought is complete; the service takes None as true."""

    signature: str | None = None
    """A seal on the thought, to be sent back as it came; in no schema."""


MessageInputContentChunks: TypeAlias = (
    TextChunk
    | ImageURLChunk
    | ToolFileChunk
    | DocumentURLChunk
    | ThinkChunk
    | UnknownChunk
)

MessageOutputContentChunks: TypeAlias = (
    TextChunk
    | ImageURLChunk
    | ToolFileChunk
    | DocumentURLChunk
    | ThinkChunk
    | ToolReferenceChunk
    | UnknownChunk
)

OutputContentChunks: TypeAlias = MessageOutputContentChunks
