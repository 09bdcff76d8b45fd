"""Open documents over files on disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protolint import files
from protolint.server.documents import Change, Documents, path_of, uri_of

URI = "file:///w/a.prototxt"


def changed(text, *changes, encoding="utf-16"):
    documents = Documents(encoding)
    documents.open(URI, 1, text)
    return documents.change(URI, 2, changes).text


def test_changes_build_on_each_other():
    assert changed("abc", Change("X", (0, 1), (0, 2)), Change("Y", (0, 0), (0, 0))) == "YaXc"


def test_a_change_without_a_range_is_the_whole_text():
    assert changed("abc", Change("x\ny")) == "x\ny"


def test_a_form_feed_does_not_end_a_line():
    assert changed("a\fb\nc", Change("X", (1, 0), (1, 1))) == "a\fb\nX"


def test_a_range_may_end_behind_the_text_and_run_backwards():
    assert changed("ab\ncd", Change("", (0, 2), (9, 0))) == "ab"
    assert changed("abcd", Change("", (0, 3), (0, 1))) == "ad"


@pytest.mark.parametrize(("encoding", "at"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_a_change_counts_in_the_encoding(encoding, at):
    assert changed("😀b", Change("X", (0, at), (0, at + 1)), encoding=encoding) == "😀X"


def test_half_a_surrogate_pair_can_be_read():
    documents = Documents()
    document = documents.open(URI, 1, "a\ud800b")
    assert document.text == "a\ufffdb"
    assert documents.read(document.path) == "a\ufffdb".encode()


def test_a_byte_order_mark_is_a_blank():
    assert Documents().open(URI, 1, "\ufeffname: 1").text == " name: 1"


def test_a_frozen_copy_does_not_change():
    documents = Documents()
    documents.open(URI, 1, "old")
    frozen = documents.frozen()
    documents.change(URI, 2, [Change("new")])
    assert frozen.read("/w/a.prototxt") == b"old"


def test_what_is_closed_is_read_from_disk(tmp_path):
    path = tmp_path / "a.prototxt"
    path.write_text("disk")
    documents = Documents()
    documents.open(path.as_uri(), 1, "open")
    assert documents.read(str(path)) == b"open"
    documents.close(path.as_uri())
    assert documents.read(str(path)) == b"disk"
    assert documents.change(path.as_uri(), 2, [Change("x")]) is None


def test_an_open_document_is_found_by_any_name_of_its_file(tmp_path):
    path = tmp_path / "a.prototxt"
    path.write_text("")
    (tmp_path / "link").symlink_to(path)
    documents = Documents()
    documents.open((tmp_path / "link").as_uri(), 1, "open")
    assert documents.read(str(path)) == b"open"


def test_a_document_may_be_too_large():
    documents = Documents()
    document = documents.open(URI, 1, "x" * (files.LARGEST + 1))
    with pytest.raises(files.Unreadable):
        documents.read(document.path)


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1))
def test_a_path_comes_back_from_its_uri(name):
    assert path_of(uri_of(f"/{name}")) == f"/{name}"


def test_a_path_may_hold_any_bytes():
    assert uri_of("/a\udcff") == "file:///a%FF"


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/a.prototxt?x", "http://[", "", "file:///a%00b"]
)
def test_a_uri_that_names_no_file_is_a_name_all_the_same(uri):
    path = path_of(uri)
    assert "\0" not in path
    with pytest.raises(files.Unreadable):
        Documents().read(path)
