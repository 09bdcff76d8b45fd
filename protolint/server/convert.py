"""What features return, in the types of the protocol."""

from __future__ import annotations

import os
from functools import cache

from lsprotocol import types as lsp

from protolint import compiled
from protolint.engine.catalogue import rule_paths
from protolint.server import diagnostics, semantic
from protolint.server.documents import uri_of
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from protolint.diagnostic import Diagnostic
    from protolint.server.actions import Edit
    from protolint.server.completion import Item
    from protolint.server.folding import Fold
    from protolint.server.positions import Lines
    from protolint.server.spans import Span
    from protolint.server.symbols import Symbol

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "info": lsp.DiagnosticSeverity.Information,
}
_TAGS = {
    "deprecated": lsp.DiagnosticTag.Deprecated,
    "unnecessary": lsp.DiagnosticTag.Unnecessary,
}
_ITEMS = {
    "field": lsp.CompletionItemKind.Property,
    "block": lsp.CompletionItemKind.Struct,
    "enum": lsp.CompletionItemKind.EnumMember,
    "value": lsp.CompletionItemKind.Value,
    "type": lsp.CompletionItemKind.Class,
    "blob": lsp.CompletionItemKind.Variable,
    "file": lsp.CompletionItemKind.File,
    "folder": lsp.CompletionItemKind.Folder,
    "rule": lsp.CompletionItemKind.Reference,
    "name": lsp.CompletionItemKind.Variable,
}
_SYMBOLS = {
    "layer": lsp.SymbolKind.Class,
    "field": lsp.SymbolKind.Property,
    "block": lsp.SymbolKind.Struct,
}


def position(lines: Lines, offset: int) -> lsp.Position:
    """Return an offset as a position."""
    return lsp.Position(*lines.place(offset))


def range_(lines: Lines, span: Span) -> lsp.Range:
    """Return a span as a range."""
    return lsp.Range(position(lines, span[0]), position(lines, span[1]))


def diagnostic(
    found: Diagnostic, lines: Lines, of_path: Callable[[str], tuple[str, Lines] | None]
) -> lsp.Diagnostic:
    """Return a finding; ``of_path`` has the URI and the lines of another file."""
    related = []
    for label in found.secondary:
        place = of_path(label.path)
        if place is not None:
            uri, others = place
            location = lsp.Location(uri, range_(others, others.span_of(label.range)))
            related.append(lsp.DiagnosticRelatedInformation(location, label.text or "see here"))
    page = rule_page(found.code, found.name)
    return lsp.Diagnostic(
        range=range_(lines, lines.span_of(found.range)),
        message=diagnostics.headline(found),
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=lsp.CodeDescription(uri_of(page)) if page else None,
        source="protolint",
        tags=[_TAGS[tag] for tag in diagnostics.tags(found)] or None,
        related_information=related or None,
    )


@cache
def rule_page(code: str, name: str) -> str | None:
    """Return the page about a rule: its documentation, in a wheel its file; none of own rules."""
    folder = os.path.dirname(compiled.data_folder("rules"))
    page = os.path.join(folder, "docs", "rules", f"{code}.md")
    if os.path.isfile(page):
        return page
    file = f"{name}.toml"
    return next((path for path in rule_paths() if os.path.basename(path) == file), None)


def edits(lines: Lines, found: Iterable[Edit]) -> list[lsp.TextEdit]:
    """Return edits of one text."""
    return [lsp.TextEdit(range_(lines, (start, end)), text) for start, end, text in found]


def item(found: Item, lines: Lines, number: int) -> lsp.CompletionItem:
    """Return a completion; ``number`` is its place among the others."""
    return lsp.CompletionItem(
        label=found.label,
        kind=_ITEMS[found.kind],
        detail=found.detail or None,
        documentation=_markdown(found.doc) if found.doc else None,
        sort_text=f"{number:05}",
        filter_text=found.filter or None,
        insert_text_format=(
            lsp.InsertTextFormat.Snippet if found.snippet else lsp.InsertTextFormat.PlainText
        ),
        insert_text_mode=lsp.InsertTextMode.AdjustIndentation,
        text_edit=lsp.TextEdit(range_(lines, (found.start, found.end)), found.insert),
        tags=[lsp.CompletionItemTag.Deprecated] if found.deprecated else None,
    )


def hover(text: str, lines: Lines, span: Span) -> lsp.Hover:
    """Return a page of Markdown about a span."""
    return lsp.Hover(_markdown(text), range_(lines, span))


def symbol(found: Symbol, lines: Lines) -> lsp.DocumentSymbol:
    """Return a part of an outline, with its parts."""
    return lsp.DocumentSymbol(
        name=found.name.strip() or "(unnamed)",
        detail=found.detail or None,
        kind=_SYMBOLS[found.kind],
        range=range_(lines, found.span),
        selection_range=range_(lines, found.at),
        children=[symbol(inner, lines) for inner in found.inner] or None,
    )


def fold(found: Fold, lines: Lines) -> lsp.FoldingRange:
    """Return what can be folded."""
    start, end = lines.place(found.start), lines.place(found.end)
    kind = lsp.FoldingRangeKind.Comment if found.kind == "comment" else None
    return lsp.FoldingRange(start_line=start.line, end_line=end.line, kind=kind)


def selection(found: Sequence[Span], lines: Lines) -> lsp.SelectionRange:
    """Return selections, the widest first, as the narrowest with those around it."""
    current = lsp.SelectionRange(range_(lines, found[0]))
    for span in found[1:]:
        current = lsp.SelectionRange(range_(lines, span), parent=current)
    return current


def tokens(found: Iterable[semantic.Token], lines: Lines) -> lsp.SemanticTokens:
    """Return tokens as the protocol counts them: each from the one before."""
    data: list[int] = []
    line = character = 0
    for token in found:
        start, end = lines.place(token.start), lines.place(token.end)
        before = character if start.line == line else 0
        modifiers = sum(1 << semantic.MODIFIERS.index(name) for name in token.modifiers)
        kind = semantic.TYPES.index(token.type)
        length = end.character - start.character
        data += (start.line - line, start.character - before, length, kind, modifiers)
        line, character = start
    return lsp.SemanticTokens(data)


def _markdown(text: str) -> lsp.MarkupContent:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
