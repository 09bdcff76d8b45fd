"""Nothing that is read is executed, and nothing of Python is within its reach."""

from __future__ import annotations

import ast
import glob
import os
import subprocess
import sys

import pytest
from command import ROOT, environment, protolint, write

from protolint import pipeline
from protolint.engine.catalogue import with_own
from protolint.engine.expression.check import check
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.parse import parse
from protolint.engine.subjects import environment as variables
from protolint.schema.bvlc import load_bvlc
from protolint.values import Unknown

MODULES = sorted(glob.glob(os.path.join(ROOT, "protolint", "**", "*.py"), recursive=True))

FORBIDDEN = {"eval", "exec", "compile", "__import__", "execfile"}
UNMARSHALLERS = {
    "protolint/compiled.py",  # what a wheel brings, and no other file
}
DANGEROUS = {"pickle", "marshal", "shelve", "dill", "code", "codeop", "runpy", "imp", "ctypes"}
IMPORTERS = {
    "protolint/cli.py",  # the command that was called, of a fixed list
    "protolint/layers/forks/__init__.py",  # the module of a layer type, of a fixed table
    "protolint/report/__init__.py",  # the format that was asked for, of a fixed table
}
RUNNERS = {
    "protolint/files.py",  # git, with fixed arguments
    "protolint/commands/net.py",  # dot, with fixed arguments
}


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def of(path):
    with open(path, encoding="utf-8") as file:
        return ast.parse(file.read()), os.path.relpath(path, ROOT).replace(os.sep, "/")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: os.path.relpath(path, ROOT))
def test_module_executes_no_text(path):
    tree, name = of(path)
    for node, called in calls(tree):
        assert called not in FORBIDDEN, f"{name}:{node.lineno}"
        assert called.split(".")[-1] != "system", f"{name}:{node.lineno}"
        assert not any(keyword.arg == "shell" for keyword in node.keywords), f"{name}:{node.lineno}"
        if called.split(".")[-1] == "import_module":
            assert name in IMPORTERS, f"{name}:{node.lineno}"
    roots = {module.split(".")[0] for module in imported(tree)}
    allowed = {"marshal"} if name in UNMARSHALLERS else set()
    assert not roots & DANGEROUS - allowed, name
    if "subprocess" in roots:
        assert name in RUNNERS


def test_the_lists_name_what_there_is():
    """A module that no longer imports or runs anything is taken off the list."""
    importers = {name for tree, name in map(of, MODULES) for _, c in calls(tree) if "import_" in c}
    runners = {name for tree, name in map(of, MODULES) if "subprocess" in set(imported(tree))}
    unmarshallers = {name for tree, name in map(of, MODULES) if "marshal" in set(imported(tree))}
    assert (importers, runners) == (IMPORTERS, RUNNERS)
    assert unmarshallers == UNMARSHALLERS


# Expressions of rules.

OUT_OF_REACH = [
    "__import__('os')",
    "open('/etc/passwd')",
    "eval('1')",
    "solver.__class__",
    "solver.__class__.__mro__",
    "solver.__init__.__globals__",
    "solver.read('net')",
    "solver.message",
    "solver.fields",
    "lr.__dict__",
    "lr.call",
    "''.__class__",
    "''.join(['a'])",
    "'{0.__class__}'.format(solver)",
    "solver['__class__']",
    "[].__class__",
    "[1].append(2)",
    "type(solver)",
    "getattr(solver, 'net')",
    "lambda: 1",
    "x := 1",
    "solver.net; 1",
    "[a for a in [1]]",
    "f'{1}'",
    "`id`",
    "2 ** 99999",
    "'a' * 99999999",
    "[0] * 99999999",
    "1 << 99999",
    "globals()",
    "True.real",
    "self",
    "this",
    "builtins",
    "os",
]


@pytest.mark.parametrize("text", OUT_OF_REACH)
def test_expressions_reach_nothing_of_python(text):
    with pytest.raises(ExpressionError):
        check(parse(text), variables("solver", load_bvlc()))


def value(text):
    node = parse(text)
    check(node, variables("solver", load_bvlc()))
    return compile_node(node)({})


def test_numbers_of_expressions_stay_small():
    product = "*".join(["9223372036854775807"] * 50)
    assert type(value(product)) is Unknown, "it does not fit 64 bits"
    assert value("*".join(["1e300"] * 50)) == float("inf")
    with pytest.raises(ExpressionError):
        parse("9" * 10_000)


def test_loops_of_expressions_are_few():
    def nested(depth):
        return f"[1, 2].all(x{depth}, {nested(depth - 1)})" if depth else "true"

    assert value(nested(3)) is True
    with pytest.raises(ExpressionError, match="more than 3 of all, exists"):
        parse(nested(4))


def test_a_template_reaches_nothing_of_python(tmp_path):
    rule = """\
id = "own"
code = "OWN001"
summary = "s"
severity = "warning"
effect = "surprise"
subject = "solver"
when = "true"
require = "false"
message = "{solver.__class__}"
since = "0.1"
"""
    (tmp_path / "own.toml").write_text(rule)
    _, broken = with_own([str(tmp_path / "own.toml")])
    assert [b.text[b.start : b.end] for b in broken] != [""]


def test_a_pipe_among_own_rules_is_not_opened(tmp_path):
    os.mkdir(tmp_path / "rules")
    os.mkfifo(tmp_path / "rules" / "own.toml")
    (tmp_path / "protolint.toml").write_text('rule-paths = ["rules"]\n')
    write(tmp_path, net="")
    ended = protolint("check", "net.prototxt", cwd=tmp_path)
    assert ended.code == 2
    assert "it is not a regular file" in ended.out


# git, which is asked for the files of a folder.


def test_programs_that_a_repository_names_are_not_run(tmp_path):
    """git runs the fsmonitor of a repository's own configuration when it lists files."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    subprocess.run(["git", "config", "core.fsmonitor", str(hook)], cwd=tmp_path, check=True)
    write(tmp_path, net="")
    subprocess.run(["git", "status"], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "ran").exists(), "or this test tests nothing"
    os.remove(tmp_path / "ran")
    assert protolint("check", ".", cwd=tmp_path).code == 0
    assert not (tmp_path / "ran").exists()


def test_modules_of_the_working_directory_are_not_imported(tmp_path):
    for name in ("click", "json", "sitecustomize", "protolint"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('executed')")
    write(tmp_path, net="")
    code = f"import sys; sys.path[:0] = [{ROOT!r}]; from protolint.__main__ import main; main()"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", code, "check", "."],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_content_is_not_a_format_string(tmp_path):
    (path,) = write(
        tmp_path, net='layer { name: "{layer.__class__}" type: "ReLU" bottom: "%s{0}" }'
    )
    outcome = pipeline.check_paths([path])
    assert outcome.faults == ()
    assert any("{layer.__class__}" in found.message for found in outcome.diagnostics)
