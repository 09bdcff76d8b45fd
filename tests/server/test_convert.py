"""What findings and tokens are in the types of the protocol."""

from __future__ import annotations

import os

import pytest
from marked import NET, snapshot

pytest.importorskip("pygls")

from lsprotocol import types as lsp

from protolint import compiled, pipeline
from protolint.server import convert, semantic
from protolint.server.positions import Lines


def found(text, path="net.prototxt", **options):
    chosen = pipeline.Options(**options)
    return pipeline.check_paths([path], chosen, read=lambda _: text.encode()).diagnostics


def converted(text, code, path="net.prototxt", **options):
    lines = Lines(text)
    one = next(d for d in found(text, path, **options) if d.code == code)
    return convert.diagnostic(one, lines, lambda name: (f"file:///{name}", lines))


def test_a_deprecated_field_is_struck_out():
    text = 'base_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 1\nsolver_type: SGD\n'
    made = converted(text, "SCH012", "solver.prototxt", extend_select=("deprecated-field",))
    assert made.tags == [lsp.DiagnosticTag.Deprecated]
    assert made.severity == lsp.DiagnosticSeverity.Information


def test_a_comment_without_use_is_faded():
    text = f"{NET}# protolint: ignore[LAY001]\nforce_backward: false\n"
    made = converted(text, "FIL015")
    assert made.tags == [lsp.DiagnosticTag.Unnecessary]


def test_other_places_are_related_information():
    made = converted(NET.replace('bottom: "twin"', 'bottom: "twn"'), "GRF001")
    (related,) = made.related_information
    assert related.location.uri == "file:///net.prototxt"
    assert related.message


def test_the_code_links_to_the_page_of_the_rule():
    page = convert.rule_page("SLV003", "poly-without-max-iter")
    assert os.path.basename(page) == "SLV003.md"
    assert convert.rule_page("OWN001", "own") is None


def test_a_wheel_has_no_pages_and_links_to_the_rule(monkeypatch, tmp_path):
    (tmp_path / "rules").symlink_to(compiled.data_folder("rules"))
    monkeypatch.setattr(compiled, "data_folder", lambda name: str(tmp_path / name))
    page = convert.rule_page.__wrapped__("SLV003", "poly-without-max-iter")
    assert os.path.basename(page) == "poly-without-max-iter.toml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_tokens_are_counted_from_the_one_before(encoding):
    text = 'layer { name: "ä😀" top: "b" }\r\n\f# ü\n'
    lines = Lines(text, encoding)
    tokens = semantic.tokens(snapshot(text))
    data = convert.tokens(tokens, lines).data
    line = character = 0
    for token, at in zip(tokens, range(0, len(data), 5), strict=True):
        below, right, length, kind, modifiers = data[at : at + 5]
        line, character = line + below, right if below else character + right
        assert lines.offset(line, character) == token.start
        assert lines.offset(line, character + length) == token.end
        assert semantic.TYPES[kind] == token.type
        assert [m for n, m in enumerate(semantic.MODIFIERS) if modifiers >> n & 1] == list(
            token.modifiers
        )
