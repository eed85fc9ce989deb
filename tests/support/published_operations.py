"""The published operations that have no method, and the schemas with other names."""

from collections.abc import Mapping

__all__ = ["NO_METHOD", "OUR_NAMES"]

_LIBRARY = "/v1/libraries/{library_id}"

NO_METHOD: Mapping[tuple[str, str], str] = {
    ("PUT", _LIBRARY): "deprecated for PATCH",
    ("PUT", f"{_LIBRARY}/documents/{{document_id}}"): "deprecated for PATCH",
}
"""Operations that are no methods on purpose, with the reason."""

OUR_NAMES: Mapping[str, str] = {
    "Document": "DocumentOut",
    "Library": "LibraryOut",
    "ListDocumentsResponse": "ListDocumentOut",
    "ListLibrariesResponse": "ListLibraryOut",
    "ListSharingResponse": "ListSharingOut",
    "ProcessingStatus": "ProcessingStatusOut",
    "Sharing": "SharingOut",
}
"""Our classes by the schemas' names, where they keep those of the first description."""
