"""A caller that uses HTTP and JSON without the package."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import attrs

FRAME = re.compile(r"event: (\S+)\ndata: (\S[^\n]*)\n\n")
START = {"inputs": "Hello there", "model": "mistral-small-latest"}


@attrs.frozen
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[dict[str, Any]]:
        text = self.body.decode()
        frames = FRAME.findall(text)
        assert "".join(f"event: {e}\ndata: {d}\n\n" for e, d in frames) == text
        events = [json.loads(data) for _, data in frames]
        assert [name for name, _ in frames] == [event["type"] for event in events]
        return events


@attrs.frozen
class Caller:
    base_url: str
    key: str = "key-of-a-test"

    def open(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[HTTPConnection, HTTPResponse]:
        connection = HTTPConnection(self.base_url.removeprefix("http://"), timeout=10)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        data = None if body is None else raw
        try:
            connection.request(method, path, data, all_headers)
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        connection, response = self.open(method, path, body, headers)
        with closing(connection), response:
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read())

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, body: object) -> Reply:
        return self.send("POST", path, body)

    def fetch(self, url: str) -> Reply:
        """Follow a signed URL, without a key."""
        assert url.startswith(f"{self.base_url}/files/")
        return self.send("GET", url, None, {"Authorization": ""})

    def start(self, **body: Any) -> Reply:
        return self.post("/v1/conversations", {**START, **body})

    def append(self, conversation_id: str, **body: Any) -> Reply:
        return self.post(f"/v1/conversations/{conversation_id}", body)

    def restart(self, conversation_id: str, **body: Any) -> Reply:
        return self.post(f"/v1/conversations/{conversation_id}/restart", body)

    def history(self, conversation_id: str) -> list[dict[str, Any]]:
        reply = self.get(f"/v1/conversations/{conversation_id}/history")
        assert reply.status == 200
        entries: list[dict[str, Any]] = reply.json["entries"]
        return entries


Serve = Callable[..., Caller]
"""Runs a server with the arguments of `LocalServer`, for the length of a test."""
