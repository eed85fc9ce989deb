"""The schemas of requests about files, as tables of checks."""

from mistral_conversations.server.web.checks import (
    boolean,
    exactly,
    integer,
    items,
    nullable,
    open_fields,
    string,
)

__all__ = ["LISTING", "SIGNED_URL", "UPLOAD"]

_LONGEST_LINK = 168

_purpose = exactly("fine-tune", "batch", "ocr")
_sample_type = exactly(
    "pretrain", "instruct", "batch_request", "batch_result", "batch_error"
)

UPLOAD = open_fields(
    purpose=_purpose,
    expiry=nullable(integer(ge=1)),
    visibility=exactly("workspace", "user"),
)
"""The fields beside the file in the form that uploads it."""

LISTING = open_fields(
    page=integer(ge=0),
    page_size=integer(ge=1),
    include_total=boolean,
    sample_type=items(_sample_type),
    source=items(exactly("upload", "repository", "mistral")),
    search=string,
    purpose=_purpose,
    mimetypes=items(string),
)
"""The query that lists files."""

SIGNED_URL = open_fields(expiry=integer(ge=1, le=_LONGEST_LINK))
"""The query that asks for a signed URL: the hours for which it is valid."""
