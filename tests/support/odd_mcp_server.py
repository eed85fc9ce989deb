"""An MCP server by hand, over stdio: it starts fast, and misbehaves where asked to.

Each tool is named after what it does. Run it as a program; its arguments are `slow`,
`silent`, `garbage`, `chatty`, `static`, or the number of tools.
"""

import itertools
import json
import os
import sys
import threading
import time
from typing import Any

PAGE = 100

_events: list[str] = []
_names: list[str] = []
_schemas: dict[str, Any] = {}


def _send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def _raw(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _answer(id: Any, result: Any) -> None:
    _send({"id": id, "result": result})


def _text(id: Any, text: str, **more: Any) -> None:
    _answer(id, {"content": [{"type": "text", "text": text}], **more})


def _later(seconds: float, id: Any, text: str) -> None:
    threading.Timer(seconds, _text, (id, text)).start()


def _forever(text: str) -> None:
    while True:
        _raw(text)


def _add_tool() -> None:
    _names.append("added")
    _schemas["hang"] = {"type": "object", "properties": {"why": {"type": "string"}}}
    _names.remove("removed")
    _send({"method": "notifications/tools/list_changed"})


CONTENT = {
    "empty": [],
    "unknown": [{"type": "hologram", "data": 1}],
    "no_base64": [{"type": "image", "data": "%%%", "mimeType": "image/png"}],
    "resource": [
        {
            "type": "resource",
            "resource": {"uri": "file:///a", "mimeType": "text/csv", "text": "a;b"},
        }
    ],
    "blob": [{"type": "resource", "resource": {"uri": "file:///b", "blob": "AAAA"}}],
    "link": [{"type": "resource_link", "name": "c", "uri": "file:///c", "size": 7}],
    "audio": [{"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}],
}
ODD: dict[str, Any] = {
    "number": 5,
    "null": None,
    "text": "odd",
    "no_content": {"isError": "maybe"},
    "list": [],
}
NAMES = """
echo events environment hang die half closes mute added_later later rpc_error twice
wrong_id not_json huge flood lines grow structured both repeated wrapped failed
failed_silently removed
"""
TOOLS = (*NAMES.split(), *CONTENT, *(f"odd_{name}" for name in ODD))


def _call(id: Any, name: str, arguments: dict[str, Any]) -> None:  # noqa: C901, PLR0912, PLR0915
    if name in CONTENT:
        return _answer(id, {"content": CONTENT[name]})
    if name.startswith("odd_"):
        return _answer(id, ODD[name[4:]])
    match name:
        case "echo" | "added":
            _text(id, json.dumps(arguments))
        case "events":
            _text(id, " ".join(_events))
        case "environment":
            _text(id, "\n".join(f"{name}={os.environ[name]}" for name in os.environ))
        case "hang":
            _events.append("hang")
        case "later":
            _later(0.05, id, "late")
        case "die":
            os._exit(1)
        case "half":
            _raw('{"jsonrpc": "2.0", "id": ')
            os._exit(1)
        case "closes":
            sys.stdout.flush()
            os.close(1)
            time.sleep(0.5)
        case "mute":
            time.sleep(arguments.get("seconds", 1))
        case "rpc_error":
            _send({"id": id, "error": {"code": -32000, "message": "No such luck."}})
        case "twice":
            _text(id, "first")
            _text(id, "second")
        case "wrong_id":
            _text(id + 1000, "not yours")
        case "not_json":
            _raw("Traceback (most recent call last):\n\0\n{}\n[]\nnull\n")
            _text(id, "after all")
        case "huge":
            _text(id, "x" * arguments.get("size", 3_000_000))
        case "flood":
            threading.Thread(target=_forever, args=("y" * 65536,), daemon=True).start()
        case "lines":
            line = ("odd\n" * 1000,)
            threading.Thread(target=_forever, args=line, daemon=True).start()
        case "grow":
            _add_tool()
            _text(id, "grown")
        case "structured":
            _answer(id, {"content": [], "structuredContent": {"a": [1, None]}})
        case "both":
            _text(id, '{"a": 1}', structuredContent={"a": 1})
        case "repeated":
            image = {"type": "image", "data": "AAAA", "mimeType": "image/png"}
            _answer(id, {"content": [image], "structuredContent": image})
        case "wrapped":
            _text(id, "one", structuredContent={"result": "one"})
        case "failed":
            _text(id, "The disk is full.", isError=True)
        case "failed_silently":
            _answer(id, {"content": [], "isError": True})
        case _:
            _send({"id": id, "error": {"code": -32602, "message": f"No tool {name}"}})
    return None


def _list(id: Any, cursor: str | None) -> None:
    at = int(cursor or 0)
    tools: list[Any] = []
    if "endless" in sys.argv:
        more = {"nextCursor": str(at + 1)}
    elif "circle" in sys.argv:
        more = {"nextCursor": "1"}
    else:
        tools = [
            {
                "name": name,
                "description": f"Do {name}.",
                "inputSchema": _schemas.get(name, {"type": "object"}),
            }
            for name in _names[at : at + PAGE]
        ]
        more = {"nextCursor": str(at + PAGE)} if _names[at + PAGE :] else {}
    _events.append("list")
    _answer(id, {"tools": tools, **more})


def _handle(message: dict[str, Any]) -> None:
    method, id = message.get("method"), message.get("id")
    params = message.get("params") or {}
    match method:
        case "initialize":
            _answer(
                id,
                {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {
                        "tools": {"listChanged": "static" not in sys.argv}
                    },
                    "serverInfo": {"name": "odd", "version": "1"},
                },
            )
        case "tools/list":
            _list(id, params.get("cursor"))
        case "tools/call":
            _call(id, params["name"], params.get("arguments") or {})
        case "notifications/cancelled":
            _events.append("cancelled")
        case _ if id is not None:
            _send({"id": id, "error": {"code": -32601, "message": "Unknown"}})


def _main() -> None:
    number = next((int(each) for each in sys.argv[1:] if each.isdigit()), None)
    _names.extend(TOOLS if number is None else (f"tool_{n}" for n in range(number)))
    if "twins" in sys.argv:
        _names.extend(["a.b", "a_b"])
    if "bad_schema" in sys.argv:
        _schemas["echo"] = {"type": "string"}
    if "slow" in sys.argv:
        time.sleep(0.5)
    if "garbage" in sys.argv:
        _forever("garbage\n")
    if "chatty" in sys.argv:
        _raw("Listening...\n")
    for line in sys.stdin if "silent" not in sys.argv else itertools.repeat("", 0):
        _handle(json.loads(line))
    if "silent" in sys.argv:
        sys.stdin.read()


if __name__ == "__main__":
    _main()
