"""The configurations in `editors/` that no editor is at hand for can at least be read."""

from __future__ import annotations

import json
import os
import re
import tomllib
from xml.etree import ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER = ["protolint", "server"]


def text(*names):
    with open(os.path.join(ROOT, *names), encoding="utf-8") as file:
        return file.read()


def test_helix():
    config = tomllib.loads(text("editors", "helix", "languages.toml"))
    server = config["language-server"]["protolint"]
    assert [server["command"], *server["args"]] == SERVER
    assert config["language"][0]["language-servers"] == ["protolint"]
    shown = re.search(r"```toml\n(.*?)```", text("docs", "editors.md"), re.DOTALL)
    assert tomllib.loads(shown[1]) == config


def test_kate():
    server = json.loads(text("editors", "kate", "settings.json"))["servers"]["prototxt"]
    language = ET.fromstring(text("editors", "kate", "prototxt.xml"))  # noqa: S314  (our own file)
    assert server["command"] == SERVER
    assert re.match(server["highlightingModeRegex"], language.get("name"))
    used = {item.get("attribute") for item in language.iter() if item.get("attribute")}
    assert used == {item.get("name") for item in language.iter("itemData")}
    contexts = {item.get("context") for item in language.iter() if item.get("context")}
    assert contexts - {"#stay", "#pop"} < {item.get("name") for item in language.iter("context")}


def test_sublime():
    client = json.loads(text("editors", "sublime", "LSP.sublime-settings"))["clients"]["protolint"]
    assert client["command"] == SERVER
    assert f"scope: {client['selector']}\n" in text("editors", "sublime", "Prototxt.sublime-syntax")
