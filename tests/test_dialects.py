"""Dialects from the command's side: what is inferred, what is said of it, and what strict means."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import protolint
from protolint import cli, pipeline
from protolint.dialect import _POLICIES
from protolint.schema.dialects import dialects

INPUT = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 8] } } }\n'
PRIORS = """layer { name: "p" type: "PriorBox" bottom: "x" bottom: "x" top: "p"
  prior_box_param { min_size: 30 } }
"""
ROIS = 'layer { name: "r" type: "PSROIPooling" bottom: "x" bottom: "x" top: "r" }\n'
FRCNN = 'layer { name: "f" type: "FrcnnProposal" bottom: "x" top: "f" }\n'
SOLVER = 'net: "net.prototxt"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 9\n'


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(net, solver=None, dialect="auto", **more):
        (tmp_path / "net.prototxt").write_text(net)
        paths = ["net.prototxt"]
        if solver is not None:
            (tmp_path / "solver.prototxt").write_text(solver)
            paths = ["solver.prototxt"]
        outcome = pipeline.check_paths(paths, pipeline.Options(dialect, **more))
        assert outcome.faults == ()
        return outcome

    return run


def _told(outcome, *families):
    families = families or ("SYN", "SCH", "SHP001", "LAY090", "LRS002")
    return [
        (d.path.removesuffix(".prototxt"), d.range.start.line, d.code)
        for d in outcome.diagnostics
        if d.code.startswith(families)
    ]


def _notes(outcome):
    return [note for note in outcome.notes if "dialect: " in note]


def test_bvlcs_texts_are_bvlcs(check):
    outcome = check(INPUT, SOLVER)
    assert outcome.dialect == "bvlc"
    assert _notes(outcome) == []


def test_the_best_known_dialect_that_has_everything_is_inferred_and_said(check):
    outcome = check(INPUT + PRIORS)
    assert _told(outcome) == []
    assert outcome.dialect == "ssd"
    assert _notes(outcome) == ["net.prototxt: dialect: ssd (from PriorBox)"]
    assert check(INPUT + ROIS).dialect == "r-fcn"


def test_a_fork_that_lacks_less_of_bvlcs_beats_a_better_known_one(check):
    swish = 'layer { name: "s" type: "Swish" bottom: "x" top: "s" swish_param { beta: 1 } }\n'
    outcome = check(INPUT + PRIORS + swish)
    assert outcome.dialect == "yolo"
    assert _told(outcome) == []


def test_a_solver_and_its_net_are_taken_together(check):
    solver = SOLVER + "plateau_winsize: 10\n"  # of intel, nvidia, ssd …, not of r-fcn
    assert check(INPUT + ROIS, SOLVER).dialect == "r-fcn"
    outcome = check(INPUT + ROIS, solver)
    assert outcome.dialect == "intel"
    assert _told(outcome) == []
    assert _notes(outcome) == [
        "solver.prototxt and 1 more: dialect: intel (from PSROIPooling)",
    ]


def test_an_inline_net_counts(check):
    layer = 'net_param { layer { name: "p" type: "Permute" } }\n'
    assert check("", layer + SOLVER.partition("\n")[2]).dialect == "ssd"


def test_a_policy_counts(check):
    outcome = check(INPUT, SOLVER.replace("fixed", "cosine"))
    assert outcome.dialect == "makefile-frcnn"
    assert _told(outcome) == []
    assert _told(check(INPUT, SOLVER.replace("fixed", "cosin"))) == [("solver", 3, "LRS002")]


def test_a_net_that_is_checked_before_its_solver_keeps_its_dialect(check, tmp_path):
    check(INPUT + ROIS, SOLVER + "plateau_winsize: 10\n")
    outcome = pipeline.check_paths(["net.prototxt", "solver.prototxt"])
    assert outcome.dialect == "r-fcn, intel"
    assert outcome.files == 2


def test_what_no_dialect_has_is_wrong_and_what_was_meant_is_asked_over_all(check):
    (found,) = check(INPUT + PRIORS.replace("min_size", "min_sise")).diagnostics
    assert (found.code, found.help) == ("SCH001", "did you mean `min_size`?")
    assert found.range.start.line == 3
    (found,) = check(INPUT.replace("input_param", "prior_bx_param")).diagnostics
    assert found.help.startswith("did you mean `prior_box_param`, which a fork has (ssd")


def test_what_no_single_dialect_has_is_told(check):
    outcome = check(INPUT + PRIORS + FRCNN.replace("FrcnnProposal", "FlowWarp") + ROIS + FRCNN)
    told = [d for d in outcome.diagnostics if d.name == "mixed-dialects"]
    assert [d.severity for d in told] == ["warning"]
    assert "lacks" in told[0].message
    assert _told(outcome, "SHP001", "LAY090") == []
    names = outcome.dialect.replace(" ", "")
    assert names.count(",") >= 1
    assert names in told[0].help
    assert _told(check(INPUT + PRIORS + ROIS + FRCNN, dialect=names), "SCH030") == []


def test_a_type_that_nobody_has_is_an_error_only_as_a_slip(check):
    def told(name):
        layers = "".join(
            f'layer {{ name: "{n}" type: "{name}" bottom: "x" top: "{n}" }}\n' for n in "ab"
        )
        return [(line, code) for _, line, code in _told(check(INPUT + layers))]

    assert told("Permut") == [(2, "SHP001"), (3, "SHP001")]
    assert told("relu6") == [(2, "SHP001"), (3, "SHP001")]
    for private in ("Zwölfeck", "MyConvolution", "Convolution9"):
        assert told(private) == [(2, "LAY090")]  # once


def test_a_private_type_makes_no_further_noise(check):
    net = INPUT + 'layer { name: "z" type: "Zw" bottom: "x" top: "z" }\n'
    net += 'layer { name: "c" type: "Convolution" bottom: "z" top: "c" convolution_param '
    net += "{ num_output: 4 kernel_size: 3 weight_filler { type: 'msra' } } }\n"
    assert [d.code for d in check(net).diagnostics] == ["LAY090"]


def test_strict_bvlc_says_who_has_it(check):
    outcome = check(INPUT + PRIORS, dialect="bvlc")
    field, type_ = sorted(outcome.diagnostics, key=lambda d: d.code)
    assert field.message == "LayerParameter has no field `prior_box_param`"
    assert field.help.startswith("only a fork has it: ssd, refinedet, ")
    assert type_.label.startswith("only a fork has it: ssd, refinedet, ")
    pool = 'layer { name: "p" type: "Pooling" bottom: "x" top: "p" pooling_param { pool: SUM } }'
    (found,) = (d for d in check(INPUT + pool, dialect="bvlc").diagnostics if d.code == "SCH005")
    assert found.help == "only a fork has it: dbnet"
    assert _notes(outcome) == []


def test_strict_fork_refuses_what_the_fork_lacks(check):
    clip = 'layer { name: "c" type: "Clip" bottom: "x" top: "c" clip_param { min: 0 max: 1 } }\n'
    outcome = check(INPUT + clip + clip, dialect="ssd")
    assert _told(outcome, "SCH") == [("net", 2, "SCH001"), ("net", 3, "SCH001")]
    assert "ssd lacks it, but not bvlc" in outcome.diagnostics[0].help
    assert _told(check(INPUT + clip, dialect="ssd,bvlc"), "SCH") == []
    assert _told(check(INPUT + FRCNN, dialect="ssd")) == [("net", 2, "SHP001")]
    adam = SOLVER + "solver_type: ADAM\n"
    assert _told(check(INPUT, adam, dialect="segnet"), "SCH005") == [("solver", 5, "SCH005")]
    assert _told(check(INPUT, adam, dialect="nvidia"), "SCH005") == []


def test_strict_fork_takes_one_value_where_bvlc_takes_a_list(check):
    conv = """layer { name: "c" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 1 kernel_size: 1 dilation: 1 dilation: 1 } }"""
    assert _told(check('input: "x"\n' + conv, dialect="tsn"), "SCH") == [("net", 3, "SCH004")]
    assert _told(check(INPUT + conv, dialect="bvlc"), "SCH") == []


def test_a_list_where_bvlc_takes_one_value_is_one_that_is_not_known(check):
    for ids in ("device_id: 0\ndevice_id: 1\n", "device_id: [0, 1]\n"):
        assert _told(check('name: "n"', SOLVER + ids, dialect="tsn"), "SCH") == []
        assert check(INPUT, SOLVER + ids).dialect == "tsn"


def test_the_old_format_of_forks(check):
    net = 'input: "x" input_dim: [1, 3, 8, 8]\n'
    net += 'layers { name: "b" type: BN bottom: "x" top: "b" bn_param { } }\n'
    outcome = check(net)
    assert outcome.dialect == "caffe-windows"
    assert _told(outcome) == []
    crf = 'input: "x" input_dim: [1, 3, 8, 8]\nlayers { name: "d" type: DENSE_CRF bottom: "x" }\n'
    assert (_told(check(crf)), check(crf).dialect) == ([], "deeplab")


def test_a_solver_type_that_only_a_fork_has_is_not_known(check):
    outcome = check(INPUT, SOLVER + "solver_type: SAG\n")
    assert outcome.dialect == "nvidia"
    assert [d for d in outcome.diagnostics if d.severity == "error" and d.path[0] == "s"] == []


def test_nvidia_divides_batches(check):
    net = """layer { name: "d" type: "Data" top: "d" data_param { source: "d" batch_size: 100000000
  backend: LMDB %s } transform_param { crop_size: 224 } }"""
    assert "SHP130" in [d.code for d in check(net % "", datum=(3, 256, 256)).diagnostics]
    assert _told(check(net % "cache: true", datum=(3, 256, 256)), "SHP130") == []


def test_by_path(check, tmp_path):
    check(INPUT + PRIORS, SOLVER)
    (tmp_path / "protolint.toml").write_text('[dialects]\n"net.prototxt" = "bvlc"\n')
    found = pipeline.check_paths(["solver.prototxt"], pipeline.Configurations())
    assert found.dialect == "bvlc"
    assert _told(found) == [("net", 2, "SHP001"), ("net", 3, "SCH001")]
    (tmp_path / "protolint.toml").write_text('dialect = "ssd, nvidia"\n')
    assert (
        pipeline.check_paths(["solver.prototxt"], pipeline.Configurations()).dialect
        == "ssd, nvidia"
    )


def test_the_interfaces(check):
    check(INPUT + PRIORS)
    assert protolint.check("net.prototxt") == ()
    assert len(protolint.check("net.prototxt", dialect="bvlc")) == 2
    with pytest.raises(ValueError, match="no dialect 'sssd'; did you mean 'ssd'"):
        protolint.check("net.prototxt", dialect="bvlc,sssd")

    def run(*words):
        return CliRunner().invoke(cli.main, words)

    assert run("check", "net.prototxt").exit_code == 0
    assert run("check", "net.prototxt", "--dialect", "bvlc").exit_code == 1
    assert run("check", "net.prototxt", "--dialect", "nope").exit_code == 2
    shown = run("net", "net.prototxt", "--output-format", "json").stdout
    assert json.loads(shown.splitlines()[0])["dialects"] == ["ssd"]
    assert run("net", "net.prototxt", "--dialect", "bvlc").exit_code == 1


def test_rules_can_ask_for_the_dialect(check, tmp_path):
    check(INPUT + PRIORS, SOLVER)
    rule = """id = "{0}-of-ssd"
code = "OWN{1}"
summary = "s"
severity = "warning"
effect = "none"
subject = "{0}"
require = '!("ssd" in {0}.dialects)'
at = "{0}.{2}"
message = "{{{0}.dialects}}"
since = "0.1"
[[bad]]
{0} = "x"
[[good]]
{0} = "y"
"""
    for number, (subject, at) in enumerate((("net", "layer"), ("solver", "net"))):
        (tmp_path / f"{subject}-of-ssd.toml").write_text(rule.format(subject, f"00{number}", at))
    (tmp_path / "protolint.toml").write_text('rule-paths = ["."]\nexclude = ["*.toml"]\n')
    found = pipeline.check_paths(
        ["solver.prototxt"], pipeline.Configurations(file="protolint.toml")
    )
    assert {d.code for d in found.diagnostics if d.code.startswith("OWN")} == {"OWN000", "OWN001"}


def test_the_policies_that_need_no_look_at_forks_are_bvlcs():
    assert dialects()["bvlc"].policies == _POLICIES
