"""The two ways to read the grammar, lark's own parser and the loop over its tables, agree."""

from __future__ import annotations

import os
import re
from functools import cache

import lark
import pytest
from hypothesis import given, settings
from prototxt_texts import NET, damaged, outline, pieces, sound

from protolint.compiled import data_folder
from protolint.syntax.parser import parse


@cache
def reference() -> lark.Lark:
    with open(os.path.join(data_folder("grammars"), "prototxt.lark"), encoding="utf-8") as file:
        return lark.Lark(
            file.read(),
            parser="lalr",
            lexer="basic",
            start="document",
            maybe_placeholders=False,
            g_regex_flags=re.ASCII,
        )


def _read(text: str) -> lark.Tree | None:
    try:
        return reference().parse(text)
    except lark.exceptions.UnexpectedInput:
        return None


def _outline(tree: lark.Tree) -> list[object]:
    """Return names and nesting of a tree of ``fields``, as ``outline`` does of our tree."""
    first, rest = (tree.children[0], tree.children[1:]) if tree.children else (None, [])
    before = _outline(first) if isinstance(first, lark.Tree) else []
    if tree.data in ("document", "no_field"):
        return before
    if tree.data == "plain_field":
        return [*before, rest[0].split(":")[0].rstrip()]
    if tree.data == "plain_block":
        return [*before, [rest[0][:-1].rstrip(" \t:"), _outline(rest[1])]]
    field = rest[0]
    key, inner = field.children[0], _trees(field)[1:]
    name = "".join(key.scan_values(lambda _: True))
    if field.data == "scalar_field":
        return [*before, name]
    if field.data == "block_field":
        return [*before, [name, _outline(inner[0])]]
    items = _trees(inner[0]) if inner else []
    return [*before, [name, [_item(item, name) for item in items]]]


def _trees(tree: lark.Tree) -> list[lark.Tree]:
    return [child for child in tree.children if isinstance(child, lark.Tree)]


def _item(item: lark.Tree, name: str) -> object:
    if item.data == "scalar_item":
        return name
    return [name, _outline(item.children[1])]


@settings(max_examples=400, deadline=None)
@given(sound())
def test_sound_texts_are_accepted_with_the_same_nesting(text: str) -> None:
    tree = _read(text)
    assert tree is not None
    document = parse(text)
    assert document.problems == []
    assert outline(document.fields) == _outline(tree)


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_damaged_texts_are_accepted_by_both_or_neither(text: str) -> None:
    tree = _read(text)
    document = parse(text)
    assert (document.problems == []) == (tree is not None)
    if tree is not None:
        assert outline(document.fields) == _outline(tree)


@settings(max_examples=600, deadline=None)
@given(pieces())
def test_strings_of_tokens_are_accepted_by_both_or_neither(text: str) -> None:
    assert (parse(text).problems == []) == (_read(text) is not None)


@pytest.mark.parametrize("size", range(0, len(NET), 3))
def test_prefixes_are_accepted_by_both_or_neither(size: int) -> None:
    text = NET[:size]
    assert (parse(text).problems == []) == (_read(text) is not None)
