"""Sessions with the language server over its protocol, in one process: a line is a message."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
from contextlib import suppress
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.io_ import run_async

from protolint.server import server

if TYPE_CHECKING:
    from collections.abc import Iterator

_NET = "file:///nowhere/net.prototxt"
_RULE = "file:///nowhere/rules/own.toml"
_PLACE = {"line": 1, "character": 9}
_RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 2}}
_ASKED_AT_A_PLACE = (
    "hover",
    "completion",
    "definition",
    "references",
    "documentHighlight",
    "prepareRename",
    "rename",
)
_ASKED_OF_A_RANGE = ("inlayHint", "codeAction", "rangeFormatting", "semanticTokens/range")
_ASKED_OF_ALL = (
    "diagnostic",
    "documentSymbol",
    "foldingRange",
    "documentLink",
    "formatting",
    "semanticTokens/full",
)
_HOME = tempfile.mkdtemp()


def run(data: bytes) -> None:
    """Send each line as a message of an editor, and raise where the server is at fault."""
    os.chdir(_HOME)  # the editor of the session before may have named another folder
    faults = asyncio.run(_session(data))
    assert not faults, faults[0]


async def _session(data: bytes) -> list[str]:
    editor = server.make()
    reader, sent, faults = asyncio.StreamReader(), _Sent(), list[str]()

    def failed(error: Exception, source: Any) -> None:
        text = "".join(format_exception(error)) + str(getattr(error, "data", ""))
        # What pygls itself stumbles over in a message is not ours; what it cannot send is.
        ours = source is JsonRpcInternalError or f"{os.sep}protolint{os.sep}server" in text
        told = isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError)
        if ours and not told:
            faults.append(text)

    editor.report_server_error = failed  # type: ignore[method-assign]
    editor.protocol.set_writer(sent)
    for line in data.splitlines():
        reader.feed_data(b"Content-Length: %d\r\n\r\n" % len(line) + line)
    reader.feed_eof()
    with suppress(SystemExit, asyncio.IncompleteReadError):
        await run_async(threading.Event(), reader, editor.protocol)
    editor.checks.delay = 0
    await editor.checks.settled("")
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:  # these wait for an answer of the editor
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    editor.checks.stop()
    logged = (message.get("params") or {} for message in sent.messages())
    return faults + [str(p["message"]) for p in logged if "Traceback" in str(p.get("message"))]


class _Sent:
    """Takes what the server writes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._parts.append(data)

    def close(self) -> None:
        pass

    def messages(self) -> Iterator[dict[str, Any]]:
        for part in self._parts:
            yield json.loads(part.partition(b"\r\n\r\n")[2])


def seeds(texts: list[str], rules: list[str]) -> list[str]:
    """Return a session for each text, which asks a few things of it."""
    kinds = [*_ASKED_AT_A_PLACE, *_ASKED_OF_A_RANGE, *_ASKED_OF_ALL]
    found = []
    for number, text in enumerate([*texts[::3], *rules[::20]]):
        uri = _RULE if number >= len(texts[::3]) else _NET
        asked = [kinds[(number * 5 + step) % len(kinds)] for step in range(5)]
        found.append("\n".join(map(json.dumps, _messages(uri, text, asked))))
    return found


def _messages(uri: str, text: str, asked: list[str]) -> Iterator[dict[str, Any]]:
    capabilities = {"general": {"positionEncodings": ["utf-16"]}}
    options = {"delay": 0}
    yield _message(
        "initialize", {"capabilities": capabilities, "initializationOptions": options}, 0
    )
    yield _message("initialized", {})
    document = {"uri": uri, "languageId": "prototxt", "version": 1, "text": text}
    yield _message("textDocument/didOpen", {"textDocument": document})
    named = {"textDocument": {"uri": uri}}
    for number, method in enumerate(asked, 1):
        params: dict[str, Any] = dict(named)
        if method in _ASKED_AT_A_PLACE:
            params |= {"position": _PLACE, "newName": "b", "context": {"includeDeclaration": True}}
        if method in _ASKED_OF_A_RANGE:
            params |= {"range": _RANGE, "context": {"diagnostics": []}}
        if method.endswith("ormatting"):
            params |= {"options": {"tabSize": 2, "insertSpaces": True}}
        if method == "completion":
            del params["context"]
        yield _message(f"textDocument/{method}", params, number)
    changes = [{"range": _RANGE, "text": "x: 1\n"}]
    changed = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": changes}
    yield _message("textDocument/didChange", changed)
    yield _message("workspace/symbol", {"query": "a"}, 9)
    yield _message("$/cancelRequest", {"id": 9})
    yield _message("textDocument/didClose", named)
    yield _message("shutdown", None, 10)


def _message(method: str, params: Any, id_: int | None = None) -> dict[str, Any]:
    made = {"jsonrpc": "2.0", "method": method, "params": params}
    return made if id_ is None else {**made, "id": id_}
