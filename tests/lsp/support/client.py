"""A client of the language server: JSON-RPC over the pipes of ``vmspec lsp``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-P", "-c", "import sys; from vmspec.cli import main; sys.exit(main())", "lsp"]


class Client:
    """A running server, and the messages that it has sent."""

    def __init__(self, folder: Path, encodings: list[str] | None = None, options: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
        )
        self._number = 0
        self.messages: list[dict[str, Any]] = []
        general = {"general": {"positionEncodings": encodings}} if encodings else {}
        self.capabilities = self.ask("initialize", processId=None, rootUri=None, capabilities=general)
        self.tell("initialized")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and return its result."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        return self._wait(lambda message: message.get("id") == self._number and "method" not in message)[
            "result"
        ]

    def tell(self, method: str, **params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def open(self, uri: str, text: str, language: str = "") -> list[dict[str, Any]]:
        """Open a document and return its diagnostics."""
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return self.diagnostics(1)

    def change(self, uri: str, text: str, version: int) -> list[dict[str, Any]]:
        """Replace the text of a document and return its diagnostics."""
        document = {"uri": uri, "version": version}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])
        return self.diagnostics(version)

    def diagnostics(self, version: int | None) -> list[dict[str, Any]]:
        """Return the diagnostics of a version."""
        found = self._wait(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"].get("version") == version
            )
        )
        diagnostics: list[dict[str, Any]] = found["params"]["diagnostics"]
        return diagnostics

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """Ask about a position."""
        position = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", textDocument={"uri": uri}, position=position)

    def stop(self) -> tuple[int, str]:
        """Shut the server down and return its exit code and standard error."""
        self.ask("shutdown")
        self.tell("exit")
        _, error = self._process.communicate(timeout=30)
        return self._process.returncode, error.decode()

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _wait(self, is_wanted: Any) -> dict[str, Any]:
        while True:
            message = self._receive()
            self.messages.append(message)
            assert "error" not in message, message
            if is_wanted(message):
                return message

    def _receive(self) -> dict[str, Any]:
        stream = self._process.stdout
        assert stream
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server ended"
        message: dict[str, Any] = json.loads(stream.read(length))
        return message
