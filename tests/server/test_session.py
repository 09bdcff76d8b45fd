"""The server as a process: sessions over a raw pipe, and what no client would send."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from command import environment, protolint
from marked import NET

pytest.importorskip("pygls")

from pipe import Pipe

SOLVER = (
    'net: "net.prototxt"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 10\nsnapshot_prefix: "s"\n'
)
BROKEN = NET.replace('bottom: "twin"', 'bottom: "twn"')


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "net.prototxt").write_text(NET)
    (tmp_path / "solver.prototxt").write_text(SOLVER)
    return tmp_path


@pytest.fixture
def pipe(folder):
    with Pipe(folder) as session:
        yield session


def codes(found):
    return [d["code"] for d in found]


def place(text, part):
    before = text[: text.index(part)]
    return {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}


def change(pipe, uri, version, text, start=None, end=None):
    event = {"text": text}
    if start is not None:
        event["range"] = {"start": start, "end": end}
    document = {"uri": uri, "version": version}
    params = {"textDocument": document, "contentChanges": [event]}
    pipe.notify("textDocument/didChange", params)


def test_two_hundred_edits_and_goodbye(pipe, folder):
    pipe.initialize(folder, options={"delay": 0})
    uri = (folder / "net.prototxt").as_uri()
    text = NET
    pipe.open(uri, text)
    draw = random.Random(1)  # noqa: S311  (nothing secret)
    for version in range(2, 202):
        lines = text.split("\n")
        line = draw.randrange(len(lines))
        column = draw.randrange(len(lines[line]) + 1)
        new = draw.choice(["x", "{", "}", '"', "\n", "ä", "# "])
        lines[line] = lines[line][:column] + new + lines[line][column:]
        text = "\n".join(lines)
        at = {"line": line, "character": column}
        change(pipe, uri, version, new, at, at)
        if version % 20 == 0:
            answer = pipe.request(
                "textDocument/hover", {"textDocument": {"uri": uri}, "position": at}
            )
            assert "error" not in answer
    change(pipe, uri, 202, BROKEN)
    assert codes(pipe.diagnostics(uri, 202)) == ["GRF001"]
    assert pipe.end() == 0
    assert pipe.errors == []


def test_goodbye_without_shutdown_is_an_error(pipe, folder):
    pipe.initialize(folder)
    pipe.notify("exit")
    assert pipe.process.wait(60) == 1


def test_the_end_of_the_input_ends_the_server(pipe, folder):
    pipe.initialize(folder)
    pipe.process.stdin.close()
    assert pipe.process.wait(60) == 1


def test_edits_are_kept_as_the_editor_has_them(pipe, folder):
    """Lines end where the protocol says, not at form feeds as pygls has it."""
    pipe.initialize(folder)
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, "# a\f b\n" + BROKEN)
    pipe.diagnostics(uri, 1)
    start = place("# a b\n" + BROKEN, "twn")
    end = start | {"character": start["character"] + 3}
    change(pipe, uri, 2, "twin", start, end)
    assert pipe.diagnostics(uri, 2) == []


def test_edits_in_a_row_are_checked_once(pipe, folder):
    pipe.initialize(folder, options={"delay": 1000})
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, NET)
    for version in range(2, 30):
        change(pipe, uri, version, NET + "#" * version)
    change(pipe, uri, 30, BROKEN)
    assert codes(pipe.diagnostics(uri, 30)) == ["GRF001"]
    told = [m["params"] for m in pipe.told if m["method"].endswith("publishDiagnostics")]
    assert [params["version"] for params in told] == [30]


def test_an_editor_that_asks_is_told_when_to_ask_again(pipe, folder):
    (folder / "net.prototxt").write_text(BROKEN)
    capabilities = {
        "textDocument": {"diagnostic": {}},
        "workspace": {"diagnostics": {"refreshSupport": True}},
    }
    pipe.initialize(folder, capabilities, {"delay": 0})
    solver, net = ((folder / f"{n}.prototxt").as_uri() for n in ("solver", "net"))
    pipe.open(solver, SOLVER)
    assert codes(pipe.diagnostics(net, None)) == ["GRF001"]  # not open, so pushed
    pipe.open(net, NET)
    assert pipe.diagnostics(net, 1) == []  # taken back, as the editor asks from now on
    report = pipe.request("textDocument/diagnostic", {"textDocument": {"uri": solver}})
    assert codes(report["result"]["items"]) == ["GRF023"]
    pipe.told.clear()
    change(pipe, net, 2, NET.replace('top: "sum"', 'top: "sum" loss_weight: 1'))
    pipe.until("workspace/diagnostic/refresh")
    report = pipe.request("textDocument/diagnostic", {"textDocument": {"uri": solver}})
    assert "GRF023" not in codes(report["result"]["items"])


def test_an_own_rule_that_is_open_is_judged_as_it_is_open(pipe, folder):
    (folder / "lint").mkdir()
    rule = folder / "lint" / "own.toml"
    rule.write_text("broken")
    (folder / "protolint.toml").write_text('rule-paths = ["lint"]\n')
    pipe.initialize(folder)
    pipe.open((folder / "net.prototxt").as_uri(), NET)
    assert codes(pipe.diagnostics(rule.as_uri(), None)) == ["FIL013"]
    pipe.open(rule.as_uri(), 'id = "own"\nkode = 1\n')
    (found,) = pipe.diagnostics(rule.as_uri(), 1)
    assert "kode" in found["message"]
    pipe.told.clear()
    change(pipe, (folder / "net.prototxt").as_uri(), 2, BROKEN)
    assert codes(pipe.diagnostics((folder / "net.prototxt").as_uri(), 2)) == ["GRF001"]
    assert not any((m.get("params") or {}).get("uri") == rule.as_uri() for m in pipe.told)


def test_an_empty_document(pipe, folder):
    pipe.initialize(folder)
    uri = (folder / "new.prototxt").as_uri()
    pipe.open(uri, "")
    at = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    assert pipe.request("textDocument/hover", at)["result"] is None
    assert len(pipe.request("textDocument/completion", at)["result"]["items"]) > 10


def test_a_solver_and_its_net_react_to_each_other(pipe, folder):
    pipe.initialize(folder)
    solver, net = ((folder / f"{n}.prototxt").as_uri() for n in ("solver", "net"))
    pipe.open(solver, SOLVER)
    assert codes(pipe.diagnostics(solver, 1)) == ["GRF023"]  # training without a loss
    pipe.told.clear()
    pipe.open(net, NET.replace('top: "sum"', 'top: "sum" loss_weight: 1'))
    assert "GRF023" not in codes(pipe.diagnostics(solver, 1))
    pipe.told.clear()
    change(pipe, net, 2, 'base_lr: 1\nmax_iter: 1\nlr_policy: "fixed"\nsnapshot_prefix: "s"\n')
    (found,) = pipe.diagnostics(solver, 1)
    assert found["message"].startswith("net names a solver")
    pipe.told.clear()
    change(pipe, solver, 2, SOLVER.replace("net.prototxt", "none.prototxt"))
    assert codes(pipe.diagnostics(solver, 2)) != [found["code"]]


def test_a_net_on_disk_is_told_about_while_its_solver_is_open(pipe, folder):
    (folder / "net.prototxt").write_text(BROKEN)
    pipe.initialize(folder)
    solver, net = ((folder / f"{n}.prototxt").as_uri() for n in ("solver", "net"))
    pipe.open(solver, SOLVER)
    assert codes(pipe.diagnostics(net, None)) == ["GRF001"]
    pipe.told.clear()
    pipe.notify("textDocument/didClose", {"textDocument": {"uri": solver}})
    assert pipe.diagnostics(net, None) == []


def test_a_new_configuration_holds_at_once(pipe, folder):
    pipe.initialize(folder)
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, BROKEN)
    assert codes(pipe.diagnostics(uri, 1)) == ["GRF001"]
    pipe.told.clear()
    config = folder / "protolint.toml"
    config.write_text('ignore = ["GRF001"]\n')
    event = {"changes": [{"uri": config.as_uri(), "type": 1}]}
    pipe.notify("workspace/didChangeWatchedFiles", event)
    assert pipe.diagnostics(uri, 1) == []
    pipe.told.clear()
    config.write_text("ignor = []\n")
    pipe.notify("textDocument/didSave", {"textDocument": {"uri": config.as_uri()}})
    (found,) = pipe.diagnostics(config.as_uri(), None)
    assert "did you mean `ignore`?" in found["message"]


def test_a_rule_file_is_told_what_is_wrong(pipe, folder):
    pipe.initialize(folder)
    uri = (folder / "rules" / "own.toml").as_uri()
    pipe.open(uri, 'id = "own"\nkode = 1\n')
    (found,) = pipe.diagnostics(uri, 1)
    assert "no key 'kode'" in found["message"]
    at = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 0}}
    assert pipe.request("textDocument/completion", at)["result"]["items"]


def test_hints_are_switched_off(pipe, folder):
    pipe.initialize(folder, options={"inlayHints": {"parameters": False}})
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, NET)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    asked = {"textDocument": {"uri": uri}, "range": whole}
    labels = [h["label"] for h in pipe.request("textDocument/inlayHint", asked)["result"]]
    assert "2×4×6×6" in labels
    assert "112 parameters" not in labels
    pipe.notify("workspace/didChangeConfiguration", {"settings": {"inlayHints": False}})
    assert pipe.request("textDocument/inlayHint", asked)["result"] == []


def test_all_is_fixed_at_once(pipe, folder):
    pipe.initialize(folder)
    uri = (folder / "solver.prototxt").as_uri()
    text = SOLVER.replace("max_iter", "max_itr").replace("base_lr", "bas_lr")
    pipe.open(uri, text)
    params = {
        "textDocument": {"uri": uri},
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "context": {"diagnostics": [], "only": ["source.fixAll"]},
    }
    (action,) = pipe.request("textDocument/codeAction", params)["result"]
    assert action["kind"] == "source.fixAll.protolint"
    (edit,) = action["edit"]["changes"][uri]
    lines = text.split("\n")
    start, end = edit["range"]["start"], edit["range"]["end"]
    before = "\n".join([*lines[: start["line"]], lines[start["line"]][: start["character"]]])
    behind = "\n".join([lines[end["line"]][end["character"] :], *lines[end["line"] + 1 :]])
    assert before + edit["newText"] + behind == SOLVER


def test_a_document_without_a_file(pipe, folder):
    pipe.initialize(folder)
    pipe.open("untitled:Untitled-1", BROKEN)
    assert codes(pipe.diagnostics("untitled:Untitled-1", 1)) == ["GRF001"]


POSITION = {"line": 0, "character": 0}

ODD_REQUESTS = [
    ("textDocument/hover", {"textDocument": {"uri": "file:///no/such"}, "position": POSITION}),
    ("textDocument/hover", {"textDocument": {"uri": "http://["}, "position": POSITION}),
    ("textDocument/hover", {"textDocument": {"uri": ""}, "position": POSITION}),
    ("textDocument/definition", {"textDocument": {"uri": "file:///"}, "position": POSITION}),
    ("textDocument/completion", {"textDocument": {"uri": "file:///%00"}, "position": POSITION}),
    ("textDocument/documentSymbol", {"textDocument": {"uri": "file:///no/such"}}),
    ("textDocument/formatting", {"textDocument": {"uri": "file:///no"}, "options": {}}),
    ("textDocument/diagnostic", {"textDocument": {"uri": "file:///no/such"}}),
    ("textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": -5}}),
    ("textDocument/hover", {"textDocument": {}, "position": POSITION}),
    ("textDocument/hover", None),
    ("textDocument/hover", [1, 2]),
    ("textDocument/noSuchThing", {}),
    ("workspace/executeCommand", {"command": "none"}),
    ("workspace/symbol", {"query": "\0"}),
]

ODD_MESSAGES = [
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"{}",
    b'{"jsonrpc": "1.0", "id": 1, "method": "x"}',
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "id": null, "method": "textDocument/hover"}',
    b'{"jsonrpc": "2.0", "id": 99, "result": 1}',
    b'{"jsonrpc": "2.0", "id": [1], "method": "textDocument/hover", "params": {}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": 3}',
    b'{"jsonrpc": "2.0", "method": "$/unknown", "params": {}}',
    b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 12345}}',
    b"\xff\xfe",
]


def test_odd_messages_end_nothing(pipe, folder):
    pipe.initialize(folder)
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, NET)
    for body in ODD_MESSAGES:
        pipe.raw(body)
    for method, params in ODD_REQUESTS:
        answer = pipe.request(method, params)
        assert "result" in answer or answer["error"]["message"]
    closed = {"textDocument": {"uri": "file:///never/opened"}}
    pipe.notify("textDocument/didClose", closed)
    change(pipe, "file:///never/opened", 3, "x")
    change(pipe, uri, 2, BROKEN)
    assert codes(pipe.diagnostics(uri, 2)) == ["GRF001"]
    assert pipe.end() == 0


def test_a_session_begins_with_initialize(pipe, folder):
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, NET)
    pipe.notify("workspace/didChangeConfiguration", {"settings": None})
    at = {"textDocument": {"uri": uri}, "position": place(NET, "conv")}
    assert pipe.request("textDocument/hover", at)["error"]["code"] == -32002
    assert pipe.request("shutdown")["error"]["code"] == -32002
    assert pipe.initialize(folder)["capabilities"]
    pipe.open(uri, BROKEN)
    assert codes(pipe.diagnostics(uri, 1)) == ["GRF001"]
    assert pipe.end() == 0


def test_cancelled_requests_are_answered(pipe, folder):
    pipe.initialize(folder)
    uri = (folder / "net.prototxt").as_uri()
    pipe.open(uri, NET)
    for number in range(1000, 1050):
        pipe.send(
            id=number, method="textDocument/diagnostic", params={"textDocument": {"uri": uri}}
        )
        pipe.notify("$/cancelRequest", {"id": number})
        pipe.send(id=number + 100, method="workspace/symbol", params={"query": "c"})
        pipe.notify("$/cancelRequest", {"id": number + 100})
    answers = [pipe.answer(1049), pipe.answer(1149)]
    assert all("result" in a or a["error"]["code"] == -32800 for a in answers)
    at = {"textDocument": {"uri": uri}, "position": place(NET, "conv")}
    assert "result" in pipe.request("textDocument/hover", at)
    assert pipe.end() == 0


def test_without_the_extra_the_user_is_told(tmp_path):
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('pygls', name='pygls')\n")
    env = environment()
    env["PYTHONPATH"] = f"{tmp_path}:{env['PYTHONPATH']}"
    ended = protolint("server", cwd=tmp_path, env=env)
    assert ended.code == 2
    assert "caffe-protolint[lsp]" in ended.err


def test_the_command_line_does_not_import_the_server():
    program = "import sys, protolint.cli; sys.exit('lsprotocol' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], env=environment(), check=False)
    assert done.returncode == 0
