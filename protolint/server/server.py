"""The protocol: what each request is answered with. Needs the extra ``lsp``."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from protolint import __version__, files, fixing
from protolint.server import (
    actions,
    completion,
    convert,
    definition,
    folding,
    formatting,
    hover,
    inlay,
    links,
    names,
    rename,
    rule_files,
    selection,
    semantic,
    settings,
    symbols,
)
from protolint.server.checks import Checks
from protolint.server.documents import Change, path_of, uri_of
from protolint.server.positions import Lines
from protolint.server.workspace import Workspace, is_schema, is_toml
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from protolint.diagnostic import Diagnostic
    from protolint.server.actions import Action
    from protolint.server.checks import Findings
    from protolint.server.documents import Document
    from protolint.server.positions import Encoding
    from protolint.server.snapshot import Snapshot

FIX_ALL = "source.fixAll.protolint"

_TRIGGERS = ["'", '"', ":", "/", ".", "["]
_MOST_SYMBOLS = 1000
_NOT_INITIALIZED = lsp.ErrorCodes.ServerNotInitialized
_SHOWN_REFUSAL = -32803  # RequestFailed: nothing is wrong with the server


class _Protocol(LanguageServerProtocol):
    """Leaves texts to ``Documents``, whose lines end where the protocol says, and answers always.

    pygls counts lines at form feeds too, leaves requests that it cannot read unanswered, and takes
    those that come before the session begins.
    """

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> Iterator[Any]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: lsp.DidChangeTextDocumentParams
    ) -> Iterator[Any]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> Iterator[Any]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    def handle_message(self, message: Any) -> None:
        method = getattr(message, "method", None)
        first = (None, lsp.INITIALIZE, lsp.EXIT)  # an answer has no method
        if method in first or hasattr(self, "client_capabilities"):
            super().handle_message(message)
        elif hasattr(message, "id"):
            error = lsp.ResponseError(_NOT_INITIALIZED, "the session has not been initialized")
            self._send_response(message.id, error=error)

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=error.to_response_error())
            raise


class Server(LanguageServer):
    """One session with one editor."""

    def __init__(self) -> None:
        super().__init__(
            "protolint",
            __version__,
            text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental,
            protocol_cls=_Protocol,
        )
        self.space = Workspace()
        self.checks = Checks(self.space, self.tell, self.log, self.refresh)
        self.settings = settings.Settings()
        self.ended = False
        self.pulls = False
        self.snippets = False
        self._lines: dict[str, tuple[Snapshot, Lines]] = {}
        self._told: dict[str, list[lsp.Diagnostic]] = {}
        self._asked: dict[str, int] = {}  # documents whose diagnostics are being waited for
        self._answered: dict[str, list[Diagnostic]] = {}  # to an editor that pulls
        self._stale = False  # whether an editor that pulls has not all of them

    # What features look at.

    def document(self, uri: str) -> tuple[Snapshot, Lines] | None:
        """Return a document, open or on disk; ``None`` where there is none to read."""
        return self.at_path(path_of(uri))

    def at_path(self, path: str) -> tuple[Snapshot, Lines] | None:
        """Return the document of a path, with its lines."""
        snapshot = self.space.snapshot(path)
        if snapshot is None:
            return None
        key = files.identity(path)
        kept = self._lines.get(key)
        if kept is None or kept[0] is not snapshot:
            if len(self._lines) > 100:
                self._lines.clear()
            kept = snapshot, Lines(snapshot.text, self.space.documents.encoding)
            self._lines[key] = kept
        return kept

    def place(self, path: str) -> tuple[str, Lines] | None:
        """Return the URI of a path, as the editor has it, and its lines."""
        found = self.at_path(path)
        return None if found is None else (self.uri(path), found[1])

    def uri(self, path: str) -> str:
        """Return the URI of a path: of an open document the editor's."""
        document = self.space.documents.get(path)
        return document.uri if document is not None else uri_of(os.path.abspath(path))

    def locations(
        self, found: Sequence[definition.Location], uri: str, lines: Lines
    ) -> list[lsp.Location]:
        """Return places in a document and in other files."""
        placed = []
        for path, span in found:
            where = (uri, lines) if path is None else self.place(path)
            if where is None:  # no text, as a file of data
                zero = lsp.Position(0, 0)
                placed.append(lsp.Location(uri_of(str(path)), lsp.Range(zero, zero)))
            else:
                placed.append(lsp.Location(where[0], convert.range_(where[1], span)))
        return placed

    async def related(self, snapshot: Snapshot, offset: int) -> list[Snapshot]:
        """Return the files in which a layer may have its name too, if it is one at the offset."""
        name = names.at(snapshot, offset)
        if name is None or name.what != "layer":
            return []
        found = []
        for other in definition.related(snapshot, self.space.snapshot):
            found.append(other)
            await asyncio.sleep(0)  # so that others are answered, and this can be cancelled
        return found

    # What the editor is told.

    def log(self, text: str) -> None:
        """Write to the editor's log."""
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, text))

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002  (pygls)
        """Log what went wrong, without a window that stands in the way of typing."""
        self.log(f"protolint: {error!r}")

    def tell(self, findings: Findings) -> None:
        """Publish what is found in a file; of an open one not if the editor asks for it."""
        key = files.identity(findings.path)
        is_open = self.space.documents.get(findings.path) is not None
        if is_open and self.pulls:
            known = self._answered.get(key)
            self._stale |= key not in self._asked and known != findings.found
            shown = []
        else:
            shown = self.shown(findings)
        if (not is_open or self.pulls) and self._told.get(key, []) == shown:
            return
        self._told[key] = shown
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(self.uri(findings.path), shown, findings.version)
        )

    def shown(self, findings: Findings) -> list[lsp.Diagnostic]:
        """Return findings as the editor shows them."""
        place = self.place(findings.path)
        lines = place[1] if place else Lines("", self.space.documents.encoding)
        return [convert.diagnostic(found, lines, self.place) for found in findings.found]

    async def pulled(self, path: str) -> Findings | None:
        """Return what is found in a document now."""
        key = files.identity(path)
        self._asked[key] = self._asked.get(key, 0) + 1
        try:
            findings = await self.checks.settled(path)
            if findings is not None:
                self._answered[key] = findings.found
            return findings
        finally:
            self._asked[key] -= 1
            if not self._asked[key]:
                del self._asked[key]

    def refresh(self) -> None:
        """Have an editor that pulls ask again, for what has changed without its asking."""
        workspace = self.client_capabilities.workspace
        able = workspace and workspace.diagnostics and workspace.diagnostics.refresh_support
        if self.pulls and self._stale and able:
            self.workspace_diagnostic_refresh(None)
        self._stale = False
        if self.checks.read_anew:
            self.checks.read_anew = False
            self.refresh_hints()

    # What the user sets.

    def configure(self, value: Any) -> None:
        """Take over settings, and check everything by them."""
        self.settings, wrong = settings.read(value)
        for complaint in wrong:
            self.log(f"protolint: {complaint}")
        self.checks.delay = self.settings.delay
        self.space.config = self.settings.configuration
        self.space.dialect = self.settings.dialect
        self.reload()

    def reload(self) -> None:
        """Read configurations and rules again."""
        self.space.reload()
        self.checks.reload()
        self.refresh_hints()

    def refresh_hints(self) -> None:
        """Have the editor ask for its inlay hints again."""
        workspace = self.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)


def serve() -> int:
    """Speak with an editor on standard input and output until it ends; return the exit code.

    It is 0 where the editor has said goodbye first, else 1.
    """
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # what is printed must not get between messages
    server = make()
    gc.enable()  # as no session is short
    gc.freeze()
    with contextlib.suppress(BrokenPipeError):
        server.start_io(sys.stdin.buffer, out)
    server.checks.stop()
    return 0 if server.ended else 1


def make() -> Server:
    """Return a server with all its features."""
    server = Server()
    _session(server)
    _documents(server)
    _reading(server)
    _navigation(server)
    _writing(server)
    return server


def _session(server: Server) -> None:
    """Register how a session begins and ends, and what it is told meanwhile."""

    @server.feature(lsp.INITIALIZE)
    def initialize(ls: Server, params: lsp.InitializeParams) -> None:
        encoding = _encoding(ls.workspace.position_encoding)
        ls.space = Workspace(encoding)
        ls.checks.stop()
        ls.checks = Checks(ls.space, ls.tell, ls.log, ls.refresh)
        text = params.capabilities.text_document
        ls.pulls = bool(text and text.diagnostic)
        item = text and text.completion and text.completion.completion_item
        ls.snippets = bool(item and item.snippet_support)
        uris = [folder.uri for folder in params.workspace_folders or ()]
        if not uris and params.root_uri:
            uris = [params.root_uri]
        ls.space.folders = list(map(path_of, uris))
        for folder in ls.space.folders[:1]:
            # Caffe opens paths from its working directory, and so do we.
            with contextlib.suppress(OSError):  # the folder is not there
                os.chdir(folder)
        ls.configure(params.initialization_options)

    @server.feature(lsp.INITIALIZED)
    async def initialized(ls: Server, params: lsp.InitializedParams) -> None:  # noqa: ARG001
        workspace = ls.client_capabilities.workspace
        watched = workspace and workspace.did_change_watched_files
        if watched and watched.dynamic_registration:
            globs = [lsp.FileSystemWatcher(f"**/*.{end}") for end in ("prototxt", "toml", "proto")]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(globs)
            method = lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
            ls.client_register_capability(
                lsp.RegistrationParams([lsp.Registration("watch", method, options)])
            )
        await _ask_settings(ls)

    @server.feature(lsp.SHUTDOWN)
    def shutdown(ls: Server, params: None) -> None:  # noqa: ARG001
        ls.ended = True

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(ls: Server, params: lsp.DidChangeConfigurationParams) -> None:
        if not await _ask_settings(ls):
            ls.configure(params.settings)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(ls: Server, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        gone = {path_of(folder.uri) for folder in params.event.removed}
        kept = [folder for folder in ls.space.folders if folder not in gone]
        ls.space.folders = kept + [path_of(folder.uri) for folder in params.event.added]

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(ls: Server, params: lsp.DidChangeWatchedFilesParams) -> None:
        paths = [path_of(change.uri) for change in params.changes]
        if any(is_toml(path) or is_schema(path) for path in paths):
            ls.reload()
        paths = [path for path in paths if not is_toml(path) and not is_schema(path)]
        appeared = any(change.type != lsp.FileChangeType.Changed for change in params.changes)
        for document in ls.space.documents.all() if appeared else ():
            ls.checks.changed(document.path)
        for path in paths:
            if ls.space.documents.get(path) is None:
                ls.checks.changed(path)


def _encoding(agreed: str | None) -> Encoding:
    """Return the encoding that was agreed on; without a word it is UTF-16."""
    if agreed == "utf-8":
        return "utf-8"
    return "utf-32" if agreed == "utf-32" else "utf-16"


async def _ask_settings(ls: Server) -> bool:
    """Take over the settings of an editor that lets us ask; return whether it does."""
    workspace = ls.client_capabilities.workspace
    if not workspace or not workspace.configuration:
        return False
    asked = lsp.ConfigurationParams([lsp.ConfigurationItem(section="protolint")])
    found = await ls.workspace_configuration_async(asked)
    if found and found[0] is not None:
        ls.configure(found[0])
    return True


def _documents(server: Server) -> None:
    """Register what happens to documents, and what is found in them."""

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
        text = params.text_document
        ls.checks.changed(ls.space.documents.open(text.uri, text.version, text.text).path)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
        made = [_change(change) for change in params.content_changes]
        document = params.text_document
        found = ls.space.documents.change(document.uri, document.version, made)
        if found is not None:
            ls.checks.changed(found.path)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
        ls.space.documents.close(params.text_document.uri)
        ls.checks.changed(path_of(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: Server, params: lsp.DidSaveTextDocumentParams) -> None:
        if is_toml(path_of(params.text_document.uri)):
            ls.reload()

    @server.feature(
        lsp.TEXT_DOCUMENT_DIAGNOSTIC,
        lsp.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False),
    )
    async def pulled(
        ls: Server, params: lsp.DocumentDiagnosticParams
    ) -> lsp.RelatedFullDocumentDiagnosticReport:
        findings = await ls.pulled(path_of(params.text_document.uri))
        return lsp.RelatedFullDocumentDiagnosticReport(ls.shown(findings) if findings else [])

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, FIX_ALL]),
    )
    async def actions_(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        findings = await ls.checks.settled(path_of(uri))
        document = ls.space.documents.get(path_of(uri))
        found = ls.document(uri)
        if findings is None or document is None or found is None:
            return []
        _, lines = found
        only = params.context.only
        made = []
        if _wanted(lsp.CodeActionKind.QuickFix, only):
            span = _span(lines, params.range)
            made = [
                _action(ls, a, uri, lines) for a in actions.actions(lines, findings.found, span)
            ]
        if _wanted(FIX_ALL, only) and any(d.fix and d.fix.safe for d in findings.found):
            made += await _fix_all(ls, document, lines)
        return made


def _change(change: lsp.TextDocumentContentChangeEvent) -> Change:
    if isinstance(change, lsp.TextDocumentContentChangePartial):
        start, end = change.range.start, change.range.end
        return Change(change.text, (start.line, start.character), (end.line, end.character))
    return Change(change.text)


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Return whether a kind of action is asked for; the kinds are a tree, with dots."""
    return only is None or any(kind == one or kind.startswith(f"{one}.") for one in only)


def _action(ls: Server, action: Action, uri: str, lines: Lines) -> lsp.CodeAction:
    findings = convert.diagnostic(action.diagnostic, lines, ls.place)
    return lsp.CodeAction(
        title=action.title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[findings],
        is_preferred=action.preferred or None,
        edit=lsp.WorkspaceEdit({uri: convert.edits(lines, action.edits)}),
    )


async def _fix_all(ls: Server, document: Document, lines: Lines) -> list[lsp.CodeAction]:
    """Return the action that applies all safe fixes of a document, as `check --fix` does."""
    frozen, configurations = ls.space.documents.frozen(), ls.checks.configurations
    fixed = await asyncio.get_running_loop().run_in_executor(
        ls.checks.worker, fixing.fix, [document.path], configurations, frozen.read
    )
    data = fixed.changed.get(document.path)
    if data is None:
        return []
    edits = convert.edits(lines, actions.difference(document.text, data.decode()))
    title = f"Fix all that can be fixed safely ({fixed.count})"
    return [lsp.CodeAction(title, FIX_ALL, edit=lsp.WorkspaceEdit({document.uri: edits}))]


def _span(lines: Lines, range_: lsp.Range) -> tuple[int, int]:
    start, end = range_.start, range_.end
    return lines.offset(start.line, start.character), lines.offset(end.line, end.character)


def _offset(lines: Lines, place: lsp.Position) -> int:
    return lines.offset(place.line, place.character)


def _reading(server: Server) -> None:
    """Register what helps to read a document."""

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
        found = ls.document(params.text_document.uri)
        if found is None:
            return None
        snapshot, lines = found
        offset = _offset(lines, params.position)
        if is_toml(snapshot.path):
            page = rule_files.hover(snapshot.text, offset)
        else:
            page = hover.hover(snapshot, offset)
        return convert.hover(page.text, lines, page.span) if page else None

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def hinted(ls: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        found = _prototxt(ls, params.text_document.uri)
        chosen = ls.settings
        if found is None or not (chosen.shapes or chosen.parameters):
            return []
        snapshot, lines = found
        start, end = _span(lines, params.range)
        hints = inlay.hints(
            snapshot, start, end, of_shapes=chosen.shapes, of_parameters=chosen.parameters
        )
        kind = lsp.InlayHintKind.Type
        return [
            lsp.InlayHint(convert.position(lines, h.offset), h.text, kind, padding_left=True)
            for h in hints
        ]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outlined(ls: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return []
        return [convert.symbol(symbol, found[1]) for symbol in symbols.symbols(found[0])]

    @server.feature(lsp.WORKSPACE_SYMBOL)
    async def searched(
        ls: Server, params: lsp.WorkspaceSymbolParams
    ) -> list[lsp.SymbolInformation]:
        made: list[lsp.SymbolInformation] = []
        loop = asyncio.get_running_loop()
        for path in await loop.run_in_executor(None, list, ls.space.prototxts()):
            found = ls.at_path(path)
            await asyncio.sleep(0)  # so that others are answered, and this can be cancelled
            for symbol in symbols.layers(found[0]) if found else ():
                if found and symbols.matches(params.query, symbol.name):
                    place = lsp.Location(ls.uri(path), convert.range_(found[1], symbol.at))
                    kind, name = lsp.SymbolKind.Class, symbol.name.strip() or "(unnamed)"
                    holder = os.path.basename(path)
                    made.append(lsp.SymbolInformation(place, name, kind, container_name=holder))
            if len(made) >= _MOST_SYMBOLS:
                break
        return made[:_MOST_SYMBOLS]

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folded(ls: Server, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        found = _prototxt(ls, params.text_document.uri)
        return [convert.fold(fold, found[1]) for fold in folding.folds(found[0])] if found else []

    @server.feature(lsp.TEXT_DOCUMENT_SELECTION_RANGE)
    def selected(ls: Server, params: lsp.SelectionRangeParams) -> list[lsp.SelectionRange] | None:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return None
        snapshot, lines = found
        offsets = [_offset(lines, place) for place in params.positions]
        return [convert.selection(selection.selections(snapshot, at), lines) for at in offsets]

    legend = lsp.SemanticTokensLegend(list(semantic.TYPES), list(semantic.MODIFIERS))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def coloured(ls: Server, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
        found = _prototxt(ls, params.text_document.uri)
        return convert.tokens(semantic.tokens(found[0]), found[1]) if found else None

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, legend)
    def coloured_part(
        ls: Server, params: lsp.SemanticTokensRangeParams
    ) -> lsp.SemanticTokens | None:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return None
        return convert.tokens(semantic.tokens(found[0], *_span(found[1], params.range)), found[1])


def _prototxt(ls: Server, uri: str) -> tuple[Snapshot, Lines] | None:
    """Return a document that is no rule and no configuration."""
    return None if is_toml(path_of(uri)) else ls.document(uri)


def _navigation(server: Server) -> None:
    """Register ways from one place to another."""

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def defined(ls: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return []
        snapshot, lines = found
        offset = _offset(lines, params.position)
        others = await ls.related(snapshot, offset)
        places = definition.definition(snapshot, offset, others)
        return ls.locations(places, params.text_document.uri, lines)

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def referred(ls: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return []
        snapshot, lines = found
        offset = _offset(lines, params.position)
        others = await ls.related(snapshot, offset)
        declaration = params.context.include_declaration
        places = definition.references(snapshot, offset, others, declaration=declaration)
        return ls.locations(places, params.text_document.uri, lines)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlighted(ls: Server, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return []
        snapshot, lines = found
        kinds = (lsp.DocumentHighlightKind.Read, lsp.DocumentHighlightKind.Write)
        return [
            lsp.DocumentHighlight(convert.range_(lines, span), kinds[writes])
            for span, writes in definition.highlights(snapshot, _offset(lines, params.position))
        ]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    def linked(ls: Server, params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return []
        snapshot, lines = found
        return [
            lsp.DocumentLink(convert.range_(lines, span), ls.uri(path))
            for span, path in links.links(snapshot)
        ]


def _writing(server: Server) -> None:
    """Register what helps to write a document."""

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=_TRIGGERS)
    )
    def completed(ls: Server, params: lsp.CompletionParams) -> lsp.CompletionList:
        found = ls.document(params.text_document.uri)
        if found is None:
            return lsp.CompletionList(is_incomplete=False, items=[])
        snapshot, lines = found
        offset = _offset(lines, params.position)
        if is_toml(snapshot.path):
            items = rule_files.completion(snapshot.text, offset)
        else:
            items = completion.completion(snapshot, offset, snippets=ls.snippets)
        made = [convert.item(item, lines, number) for number, item in enumerate(items)]
        return lsp.CompletionList(is_incomplete=False, items=made)

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepared(ls: Server, params: lsp.PrepareRenameParams) -> lsp.Range | None:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return None
        snapshot, lines = found
        span = rename.prepare(snapshot, _offset(lines, params.position))
        return convert.range_(lines, span) if span else None

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def renamed(ls: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return None
        snapshot, lines = found
        try:
            made = rename.rename(snapshot, _offset(lines, params.position), params.new_name)
        except rename.RefusedError as reason:
            raise JsonRpcInvalidParams(str(reason), _SHOWN_REFUSAL) from reason
        if made is None:
            return None
        edits = [lsp.TextEdit(convert.range_(lines, span), made.text) for span in made.spans]
        return lsp.WorkspaceEdit({params.text_document.uri: edits})

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def formatted(ls: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        found = _prototxt(ls, params.text_document.uri)
        made = formatting.formatting(found[0]) if found else None
        return convert.edits(found[1], made) if found and made is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_RANGE_FORMATTING)
    def formatted_part(
        ls: Server, params: lsp.DocumentRangeFormattingParams
    ) -> list[lsp.TextEdit] | None:
        found = _prototxt(ls, params.text_document.uri)
        if found is None:
            return None
        snapshot, lines = found
        made = formatting.formatting(snapshot, *_span(lines, params.range))
        return convert.edits(lines, made) if made is not None else None
