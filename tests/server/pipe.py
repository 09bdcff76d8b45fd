"""The server as a process, and its messages one by one: what no client library would send."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading

from command import environment

TIMEOUT = 60


class Pipe:
    """A session over the server's own standard streams."""

    def __init__(self, cwd):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "protolint", "server"],
            cwd=cwd,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.messages = queue.Queue()
        self.told = []
        self.ids = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.errors = []
        threading.Thread(target=self._drain, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def raw(self, body):
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def send(self, **message):
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method, params=None):
        self.send(method=method, params=params)

    def request(self, method, params=None):
        """Return the whole answer, an error too."""
        self.ids += 1
        self.send(id=self.ids, method=method, params=params)
        return self.answer(self.ids)

    def answer(self, id_):
        while True:
            message = self.messages.get(timeout=TIMEOUT)
            if message.get("id") == id_ and "method" not in message:
                return message
            self._take(message)

    def diagnostics(self, uri, version):
        """Return what is published for a version of a document."""
        while True:
            for message in self.told:
                params = message.get("params") or {}
                if params.get("uri") == uri and params.get("version") == version:
                    return params["diagnostics"]
            self._take(self.messages.get(timeout=TIMEOUT))

    def until(self, method):
        """Wait for a notification or request of the server."""
        while not any(message["method"] == method for message in self.told):
            self._take(self.messages.get(timeout=TIMEOUT))

    def initialize(self, folder, capabilities=None, options=None):
        params = {
            "processId": None,
            "rootUri": f"file://{folder}",
            "capabilities": capabilities or {},
            "initializationOptions": options,
        }
        answer = self.request("initialize", params)
        self.notify("initialized", {})
        return answer["result"]

    def open(self, uri, text, version=1):
        document = {"uri": uri, "languageId": "prototxt", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def end(self):
        """Say goodbye and return the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(TIMEOUT)

    def _take(self, message):
        self.told.append(message)
        if "id" in message and "method" in message:
            self.send(id=message["id"], result=None)

    def _read(self):
        stream = self.process.stdout
        while True:
            length = None
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                return
            self.messages.put(json.loads(stream.read(length)))

    def _drain(self):
        for line in self.process.stderr:
            self.errors.append(line.decode())
