"""The server: what an editor asks for, and the module that answers it."""

from __future__ import annotations

import logging

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from vmspec.catalogue import Catalogue
from vmspec.lsp import actions, completion, symbols
from vmspec.lsp.text import Select, Text
from vmspec.validation.pages import find_page, plain_text
from vmspec.version import __version__

_TRIGGERS = ["<", " ", '"', "'", ":", "{"]


class Server(LanguageServer):
    """A language server with the documents that are open in an editor."""

    def __init__(self, select: Select = tuple, catalogue: Catalogue | None = None) -> None:
        """Take the selection of findings of a project, all by default, and what the organization has."""
        super().__init__("vmspec", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.select, self.catalogue = select, catalogue
        self.texts: dict[str, Text] = {}

    def put(self, uri: str, source: str, version: int | None, language: str) -> None:
        """Take a new version of a document, and publish its findings."""
        encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        unit = encoding.value if isinstance(encoding, types.PositionEncodingKind) else encoding
        text = Text(uri, source, language=language, version=version, encoding=unit, catalogue=self.catalogue)
        self.texts[uri] = text
        self._publish(uri, actions.diagnostics(text, self.select), version)

    def forget(self, uri: str) -> None:
        """Forget a document that was closed."""
        self.texts.pop(uri, None)
        self._publish(uri, [], None)

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))


def new_server(select: Select = tuple, catalogue: Catalogue | None = None) -> Server:
    """Return a server that answers everything that it can."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False  # its messages repeat documents
    server = Server(select, catalogue)
    _follow_documents(server)
    _answer_questions(server)
    return server


def _follow_documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        ls.put(document.uri, document.text, document.version, str(document.language_id))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        before = ls.texts.get(params.text_document.uri)
        for change in params.content_changes[-1:]:
            language = before.language if before is not None else ""
            ls.put(params.text_document.uri, change.text, params.text_document.version, language)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.forget(params.text_document.uri)


def _answer_questions(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_TRIGGERS))
    def complete(ls: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
        text = ls.texts.get(params.text_document.uri)
        return completion.complete(text, params.position, ls.catalogue) if text is not None else []

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        text = ls.texts.get(params.text_document.uri)
        return completion.hover(text, params.position) if text is not None else None

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbols(ls: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        text = ls.texts.get(params.text_document.uri)
        return symbols.symbols(text) if text is not None else []

    kinds = [types.CodeActionKind.QuickFix, actions.FIX_ALL]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        text = ls.texts.get(params.text_document.uri)
        return actions.code_actions(text, params, ls.select) if text is not None else []

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(ls: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        text = ls.texts.get(params.text_document.uri)
        return actions.formatting(text) if text is not None else []

    @server.command(actions.EXPLAIN)
    def explain(ls: Server, code: str) -> str | None:
        page = find_page(code)
        if page is None:
            return None
        message = plain_text(page)
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))
        return message
