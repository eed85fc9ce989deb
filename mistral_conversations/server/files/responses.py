"""Responses with the contents of files."""

from aiohttp import web

from mistral_conversations.server.files.store import FileStore

__all__ = ["file_response"]


def file_response(store: FileStore, file_id: str) -> web.Response:
    """Respond with a file in its own content type, as signed URLs do.

    Raises:
        RefusalError: no file has that id any more.
    """
    file = store.find(file_id).file
    return web.Response(body=file.content, headers={"Content-Type": file.mime_type})
