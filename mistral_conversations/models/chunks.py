"""Models of content chunks, the parts of a message's `content`."""

from typing import Any, Literal, TypeAlias

from attrs import frozen

from mistral_conversations._public import publish
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
    """The URL of an image, with the level of detail at which the model reads it."""

    url: str
    """An `https:` URL, or a `data:` URL with the image in base64."""

    detail: ImageDetail | None = None


@frozen(kw_only=True, repr=False)
class ImageURLChunk(Model):
    """An image."""

    type: Literal["image_url"] = "image_url"
    image_url: ImageURL | str
    """The URL alone, or with its `detail`."""


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
    """The id for downloading the file with the service's files API."""

    file_name: str | None = None
    file_type: str | None = None
    """The file's extension, such as `png`."""


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
    """The search engine; seen in 2025, but in no schema."""


@frozen(kw_only=True, repr=False)
class ReferenceChunk(Model):
    """The references that support a thought."""

    type: Literal["reference"] = "reference"
    reference_ids: tuple[int | str, ...]
    """The numbers of the references, or their ids."""


@frozen(kw_only=True)
class UnknownChunk(Unknown):
    """A chunk of an unknown type, or one that does not fit its type's schema.

    A plain string instead of a chunk is one too: `raw` is its text.
    """


ThinkingChunks: TypeAlias = (
    TextChunk | ToolReferenceChunk | ReferenceChunk | UnknownChunk
)


@frozen(kw_only=True, repr=False)
class ThinkChunk(Model):
    """The thinking of a reasoning model."""

    type: Literal["thinking"] = "thinking"
    thinking: tuple[ThinkingChunks, ...]
    closed: bool | None = None
    """Whether the thought is complete; the service reads None as true."""

    signature: str | None = None
    """A signature of the thought, with which a later turn can continue it; send it
    back unchanged."""


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


def text_of(content: Any) -> str:
    """Return the text of a message's content, or of a piece of it.

    Thinking, references and other chunks have none. Half a character stays one.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, TextChunk):
        return content.text
    if isinstance(content, UnknownChunk) and isinstance(content.raw, str):
        return content.raw
    return "".join(map(text_of, content)) if isinstance(content, tuple) else ""


publish(globals(), *__all__)
