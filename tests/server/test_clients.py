"""Whole sessions of the clients that editors have, in their three ways to count characters."""

from __future__ import annotations

import sys

import pytest
from command import environment
from marked import NET

pytest.importorskip("pytest_lsp")

import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import (
    ClientServerConfig,
    LanguageClient,
    client_capabilities,
    make_test_lsp_client,
)

CLIENTS = {"visual_studio_code": "utf-16", "neovim": "utf-8", "emacs": "utf-32"}

# The comment in front moves the line by another number of units in each encoding.
TEXT = NET.replace("twin", "größe😀").replace(
    'bottom: "conv" bottom: "größe😀" top: "sum"', 'bottom: "größe😀" bottom: "cov" top: "sum"'
)
LINE = TEXT[: TEXT.index('"cov"')].count("\n")
ROW = TEXT.split("\n")[LINE]
SIZES = {
    "utf-16": lambda s: len(s.encode("utf-16-le")) // 2,
    "utf-8": lambda s: len(s.encode()),
    "utf-32": len,
}


def make_client():
    """Return a client that lets itself be asked to watch files, as those of editors do."""
    client = make_test_lsp_client()
    client.registered = []

    @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def register(params):
        client.registered += params.registrations

    return client


CONFIG = ClientServerConfig(
    client_factory=make_client,
    server_command=[sys.executable, "-m", "protolint", "server"],
    server_env=environment(),
)


@pytest_lsp.fixture(config=CONFIG, params=list(CLIENTS))
async def client(request, lsp_client: LanguageClient, tmp_path):
    (tmp_path / "net.prototxt").write_text(TEXT)
    lsp_client.profile = request.param
    lsp_client.folder = tmp_path
    lsp_client.initialized = await lsp_client.initialize_session(
        lsp.InitializeParams(
            capabilities=client_capabilities(request.param), root_uri=tmp_path.as_uri()
        )
    )
    yield
    await lsp_client.shutdown_session()


def units(client, part, after=0):
    """Return where a part of the line begins, in the units of the client."""
    return SIZES[CLIENTS[client.profile]](ROW[: ROW.index(part) + after])


def at(client, part, after=1):
    return lsp.Position(LINE, units(client, part, after))


async def opened(client):
    uri = (client.folder / "net.prototxt").as_uri()
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "prototxt", 1, TEXT))
    )
    return uri


@pytest.mark.asyncio
async def test_the_encoding_is_the_clients(client):
    assert client.initialized.capabilities.position_encoding == CLIENTS[client.profile]


@pytest.mark.asyncio
async def test_diagnostics_are_pushed_or_pulled_at_the_right_place(client):
    uri = await opened(client)
    text = client_capabilities(client.profile).text_document
    if text.diagnostic:
        report = await client.text_document_diagnostic_async(
            lsp.DocumentDiagnosticParams(lsp.TextDocumentIdentifier(uri))
        )
        found = report.items
    else:
        await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        found = client.diagnostics[uri]
    (one,) = [d for d in found if d.code == "GRF001"]
    assert one.range.start == at(client, 'bottom: "cov"', 0)
    assert one.range.end == at(client, 'bottom: "cov"', len('bottom: "cov"'))
    assert one.code_description.href.startswith("file://")
    assert one.related_information


@pytest.mark.asyncio
async def test_a_name_beyond_ascii_is_found_and_renamed(client):
    uri = await opened(client)
    document = lsp.TextDocumentIdentifier(uri)
    places = await client.text_document_definition_async(
        lsp.DefinitionParams(document, at(client, "größe😀", 6))
    )
    assert [place.range.start.line for place in places] == [15]
    edit = await client.text_document_rename_async(
        lsp.RenameParams(document, at(client, "größe😀"), "x")
    )
    (change,) = [e for e in edit.changes[uri] if e.range.start.line == LINE]
    assert change.range.start.character == units(client, "größe😀")
    assert change.range.end.character == units(client, "größe😀", 6)


@pytest.mark.asyncio
async def test_what_an_editor_asks_after_opening(client):
    uri = await opened(client)
    document = lsp.TextDocumentIdentifier(uri)
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))
    symbols = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
    assert "größe😀" in [symbol.name for symbol in symbols]
    hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(document, whole))
    assert "2×4×6×6" in [hint.label for hint in hints]
    tokens = await client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(document)
    )
    assert len(tokens.data) % 5 == 0
    assert all(number >= 0 for number in tokens.data)
    folds = await client.text_document_folding_range_async(lsp.FoldingRangeParams(document))
    assert len(folds) >= 2
    hover = await client.text_document_hover_async(
        lsp.HoverParams(document, at(client, "größe😀", 3))
    )
    assert "2×4×6×6" in hover.contents.value
    items = await client.text_document_completion_async(
        lsp.CompletionParams(document, at(client, '"cov"', 1))
    )
    assert [item.label for item in items.items] == ["größe😀", "conv", "data"]
    ranges = await client.text_document_selection_range_async(
        lsp.SelectionRangeParams(document, [at(client, "cov")])
    )
    assert ranges[0].range.start == at(client, "cov", 0)
    marks = await client.text_document_document_highlight_async(
        lsp.DocumentHighlightParams(document, at(client, "größe😀"))
    )
    assert len(marks) == 2


@pytest.mark.asyncio
async def test_a_quick_fix_is_offered_for_what_the_client_sees(client):
    uri = await opened(client)
    found = await client.text_document_code_action_async(
        lsp.CodeActionParams(
            lsp.TextDocumentIdentifier(uri),
            lsp.Range(at(client, "cov"), at(client, "cov")),
            lsp.CodeActionContext([]),
        )
    )
    assert "conv" in found[0].edit.changes[uri][0].new_text
    assert any(action.title.startswith("Ignore GRF001") for action in found)
