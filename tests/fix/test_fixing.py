"""Fixing files: rounds, refusals, and what must hold of any text."""

from __future__ import annotations

import os

import pytest
from command import ROOT, SOUND_NET, SOUND_SOLVER
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from protolint import fixing, pipeline
from protolint.config.finder import Configurations


def fix(files, *paths, unsafe=False, **options):
    """Fix files that are given as texts, by name; without paths all of them."""
    contents = {
        name: text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        for name, text in files.items()
    }
    options = pipeline.Options(unsafe_fixes=unsafe, **options)
    read = {os.path.realpath(name): data for name, data in contents.items()}
    found = fixing.fix(
        paths or list(files),
        Configurations(options, isolated=True),
        lambda path: read[os.path.realpath(path)],
    )
    assert not found.outcome.faults
    return found


def fixed(text, **options):
    """Return one text fixed, as it is where nothing changes."""
    found = fix({"x.prototxt": text}, **options)
    data = found.changed.get("x.prototxt")
    return text if data is None else data.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # fields
        ("weigth_decay: 1", "weight_decay: 1"),
        ("averageLoss: 7", "average_loss: 7"),
        ("solvermode: GPU", "solver_mode: GPU"),
        ('momentm : "0.9"  # why', "momentum : 0.9  # why"),
        ("test_state { stagge: 'a' }", "test_state { stage: 'a' }"),
        # values
        ("solver_mode: gpu", "solver_mode: GPU"),
        ("solver_mode: 'CPU'", "solver_mode: CPU"),
        ("solver_mode: CPUU", "solver_mode: CPU"),
        ("snapshot_format: Hdf5", "snapshot_format: HDF5"),
        ("display: 1e3", "display: 1000"),
        ("display: '20'", "display: 20"),
        ("display: 20.0", "display: 20"),
        ("debug_info: TRUE", "debug_info: true"),
        ("debug_info: 'false'", "debug_info: false"),
        ("delta: '1e-8'", "delta: 1e-8"),
        ("regularization_type: L2", 'regularization_type: "L2"'),
        (
            'weight_decay: 1 regularization_type: "l1"',
            'weight_decay: 1 regularization_type: "L1"',
        ),
        ("regularization_type: ['L2']", "regularization_type: 'L2'"),
        ("type: Adam momentum2: .9", 'type: "Adam" momentum2: .9'),
        # colons
        ("display 20", "display: 20"),
        ("display = 20", "display: 20"),
        ("display := 20", "display : 20"),
        ("display=20", "display:20"),
        ("display\uff1a 20", "display: 20"),
        ("solver_mode GPU", "solver_mode: GPU"),
        ("regularization_type 'L1'", "regularization_type: 'L1'"),
        ("test_state { stage ['a'] }", "test_state { stage: ['a'] }"),
        # characters
        ("display:\u00a020", "display: 20"),
        ("regularization_type: \u201cL1\u201d", 'regularization_type: "L1"'),
        ("\ufeffdisplay: 20", "display: 20"),
        ("display: +20", "display: 20"),
        ("display: 20,,", "display: 20,"),
        ("display: 20snapshot: 0", "display: 20 snapshot: 0"),
        ('regularization_type: L1"', 'regularization_type: "L1"'),
        ("// note", "# note"),
        ("/* note */", "# note "),
        # repetitions
        ("display: 20\ndisplay: 20  # again", "display: 20\n# again"),
        ("display: 20\ndisplay: 20\ndisplay: 20", "display: 20"),
    ],
)
def test_what_is_certain_is_fixed(wrong, right):
    text = fixed(f"{SOUND_SOLVER}{wrong}\n", follow=False)
    if right == "display: 20" and text == SOUND_SOLVER + wrong.partition("\n")[0] + "\n":
        return
    assert text == f"{SOUND_SOLVER}{right}\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("layer { type: RELU", 'layer { type: "ReLU"'),
        ("layer { type: SOFTMAX_LOSS", 'layer { type: "SoftmaxWithLoss"'),
        ('layers { type: "ReLU"', "layers { type: RELU"),
        ('layers { type: "SoftmaxWithLoss"', "layers { type: SOFTMAX_LOSS"),
        ('layer { type: "relu"', 'layer { type: "ReLU"'),
        ('layer { type: "CONVOLUTION"', 'layer { type: "Convolution"'),
        ('layer { nam: "a" type: "Silence"', 'layer { name: "a" type: "Silence"'),
        (
            'layer { type: "Silence" bottm: "a" bottm: "b"',
            'layer { type: "Silence" bottom: "a" bottom: "b"',
        ),
        ("layer { pooling_param { pool MAX }", "layer { pooling_param { pool: MAX }"),
    ],
)
def test_types_of_layers(wrong, right):
    """The text need not be a sound net: whatever else is wrong is wrong before and after."""
    assert fixed(wrong + " }\n", select=("SYN", "SCH", "unknown-layer-type")) == right + " }\n"


@pytest.mark.parametrize(
    "text",
    [
        "momentum3: 0.9",  # two names are as near
        "tottom: 1",
        "max_itr: 7 max_itr: 8",
        "max_itr: 7 max_iterr: 8",
        "max_itr: 7 max_iter: 8",
        "max_itr: x",
        "display: 20 display: 30",
        "display: 0.5",
        "display: -1",
        "test_initialization: 2",
        "solver_mode: TPU",
        "random_seed: 010.0",
        "display == 20",
        "display:",
        "display snapshot: 0",
        "display\n20",
        "regularization_type: [L1, L2]",
        "regularization_type: [ # which\n'L1']",
        "regularization_type: - # minus\n inf",
        'regularization_type: L1" # "',
        "/* note */ display: 20",
        "base_lr: 0,1",
        "stepvalue: 1, 2",
        "snapshot_prefix: 'C:\\models'",
        "snapshot_prefix: 'a",
        "test_state {",
        "}",
        "test_state < }",
    ],
)
def test_what_is_not_certain_stays(text):
    assert fixed(f"{text}\n", select=("SYN", "SCH")) == f"{text}\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("base_lr: 0,1", "base_lr: 0.1"),
        ("stepvalue: 1, 2", "stepvalue: [1, 2]"),
        ("snapshot_prefix: 'C:\\models\\new'", "snapshot_prefix: 'C:\\\\models\\\\new'"),
        ("snapshot_prefix: 'a", "snapshot_prefix: 'a'"),
        ("test_state {", "test_state {\n}"),
        ("test_state {\n  level: 1\ndisplay: 1", "test_state {\n  level: 1\n}\ndisplay: 1"),
        ("display: 1\n}", "display: 1"),
        ("test_state < }", "test_state < >"),
        ("display: 08", "display: 8"),
        ("isplay: 8", "display: 8"),
    ],
)
def test_unsafe_fixes_guess(wrong, right):
    text = fixed(f"{wrong}\n", unsafe=True, select=("SYN", "SCH"))
    assert text.rstrip("\n") == right


def test_stepvalues_are_sorted_in_their_places():
    text = SOUND_SOLVER.replace("fixed", "multistep") + (
        "gamma: 0.5\nstepvalue: 30 # a\n# b\nstepvalue: 10\nmomentum: 0.9\nstepvalue: [ 20,5 ]\n"
    )
    assert fixed(text, follow=False) == text, "another order is another schedule"
    assert fixed(text, follow=False, unsafe=True).endswith(
        "stepvalue: 5 # a\n# b\nstepvalue: 10\nmomentum: 0.9\nstepvalue: [ 20,30 ]\n"
    )


def test_all_else_stays_byte_for_byte():
    before = (
        b"\xef\xbb\xbf# caf\xc3\xa9\r\nbase_lr:0.1 ;\tmax_itr:  7 # \xe2\x80\x9cx\xe2\x80\x9d\r\n"
        b"\r\n\r\n  lr_policy: 'fixed'\r\nnet: \"a\""
    )
    found = fix({"x.prototxt": before}, follow=False)
    assert found.changed == {"x.prototxt": before.replace(b"max_itr", b"max_iter")}


def test_bytes_that_are_not_text_are_left_alone_and_told():
    found = fix({"x.prototxt": b"max_itr: 7 # \xff\n"})
    assert found.changed == {}
    assert "x.prototxt: not fixed, as it holds bytes that are not UTF-8" in found.notes


def test_fixes_that_overlap_come_in_rounds():
    text = 'layer { nam: "a" type: RELU botom: ["b"] topp: "c" }\n'
    assert fixed(text, select=("SCH",)) == (
        'layer { name: "a" type: "ReLU" bottom: ["b"] top: "c" }\n'
    )
    suppressed = "# protolint: ignore[SLV003, SLV004, SLV005] no more\n"
    assert fixed(suppressed + SOUND_NET) == SOUND_NET


def test_a_fix_that_brings_an_error_is_refused_and_the_others_are_not():
    text = (
        'net: "net.prototxt"\nbase_lr: 0.1\nlr_policy: poly\npower: 1\nmomentm: 0.9\n'
        'display: "5"\nsnapshot_prefix: "s"\n'
    )
    found = fix({"x.prototxt": text}, follow=False)
    after = text.replace("momentm", "momentum").replace('"5"', "5")
    assert found.changed == {"x.prototxt": after.encode()}
    assert found.fixes == 2
    (note,) = [note for note in found.notes if "not fixed" in note]
    assert note == (
        "x.prototxt:3: not fixed, as a new error would come of it: "
        'SLV003 lr_policy "poly" divides by max_iter, which is 0'
    )
    with_max_iter = text + "max_iter: 10\n"
    assert "poly" not in str(fix({"x.prototxt": with_max_iter}, follow=False).notes)


def test_an_error_in_another_file_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = SOUND_NET.replace("bottom:", "botom:")
    files = {"solver.prototxt": SOUND_SOLVER, "net.prototxt": net}
    for name in files:
        (tmp_path / name).write_text("")
    assert list(fix(files).changed) == ["net.prototxt"]


def test_a_net_that_is_only_named_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = SOUND_NET.replace("bottom:", "botom:")
    files = {"solver.prototxt": SOUND_SOLVER + "display 1\n", "net.prototxt": net}
    for name in files:
        (tmp_path / name).write_text("")
    found = fix(files, "solver.prototxt")
    assert list(found.changed) == ["solver.prototxt"]
    assert "net.prototxt: not fixed, as it is not among the paths" in found.notes


def test_suppressed_and_ignored_findings_are_not_fixed():
    text = SOUND_SOLVER + "momentm: 0.9  # protolint: ignore[SCH001]\nmax_iterr: 5\n"
    assert fixed(text, follow=False) == text
    text = SOUND_SOLVER + "momentm: 0.9\n"
    assert fixed(text, follow=False, ignore=("SCH001",)) == text
    assert fixed(text, follow=False, select=("SLV",)) == text


def test_rounds_have_a_limit(monkeypatch):
    monkeypatch.setattr(fixing, "MOST_ROUNDS", 1)
    found = fix({"x.prototxt": "# protolint: ignore[SLV003, SLV004]\n" + SOUND_NET})
    assert found.changed["x.prototxt"].startswith(b"# protolint: ignore[SLV004]\n")
    assert "there is more to fix after 1 rounds: run it again" in found.notes


# Any text.


def _example(name):
    with open(os.path.join(ROOT, "examples", name), encoding="utf-8") as file:
        return file.read()


TEXTS = [
    SOUND_SOLVER,
    SOUND_NET,
    _example("solver.prototxt"),
    _example("net.prototxt"),
    (
        'layers { name: "a" type: CONVOLUTION bottom: "x" top: "y" blobs_lr: 1 blobs_lr: 2\n'
        "  convolution_param { num_output: 2 kernel_size: 3 weight_filler { std: 1 value: 2 } } }\n"
    ),
    (
        'net: "n"\nlr_policy: "multistep"\nstepvalue: 5\nstepvalue: [3, 4] # c\ngamma: -1\n'
        'solver_type: ADAM type: "Adam"\nbase_lr: -1 momentum: 2 snapshot: -1;\n'
    ),
    (
        'layer { name: "p" type: "Pooling" bottom: "d" top: "p" phase: TEST\r\n'
        "  pooling_param { pool: STOCHASTIC pad: 1 global_pooling: true kernel_size: 3 } }\r\n"
    ),
]
_PIECES = [
    *"{}<>[]:,;=+-./\\\"'#\n",
    *(" ", "\r\n", ": ", "//", "/*", "é", "“", "”", "\u00a0", "\ufeff", "\udcff", "08", "1e5", "x"),
    *("display: 20\n", 'type: "Relu"', "max_itr: 3\n", "# protolint: ignore[SCH001]\n", "GPU"),
    *("pool: max ", "}\n", "layer {", "yes", '"1"', "botom: 'a' ", "momentum: 0.9 "),
]


@st.composite
def damaged(draw):
    """Return one of the texts after a few insertions, deletions and replacements."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        end = at + draw(st.integers(0, 4))
        text = text[:at] + draw(st.sampled_from(["", *_PIECES])) + text[end:]
    return text


def _errors(outcome):
    return [(d.code, d.message, d.layer) for d in outcome.diagnostics if d.severity == "error"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(), st.booleans(), st.booleans())
@example("".join(TEXTS[:2]), True, True)
def test_fixing_any_text_ends_and_makes_nothing_worse(text, unsafe, everything):
    options = {"follow": False, "select": ("",) if everything else ()}
    found = fix({"x.prototxt": text}, unsafe=unsafe, **options)
    before = pipeline.check_paths(
        ["x.prototxt"],
        pipeline.Options(**options),
        read=lambda _: text.encode("utf-8", "surrogateescape"),
    )
    left = _errors(before)
    for error in _errors(found.outcome):
        assert error in left
        left.remove(error)
    if not found.fixes:
        assert found.changed == {}
    after = found.changed.get("x.prototxt", text)
    again = fix({"x.prototxt": after}, unsafe=unsafe, **options)
    assert again.changed == {}, "a second run finds nothing more to fix"


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_a_start(text):
    assert fix({"x.prototxt": text}, unsafe=True, select=("",), follow=False).outcome.files == 1
