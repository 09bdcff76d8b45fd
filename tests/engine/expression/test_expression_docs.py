"""Every example of docs/expressions.md says what happens."""

from __future__ import annotations

import os
import re

import pytest
from expression_samples import ENVIRONMENT, read_message, scope

from protolint.engine.expression.check import check, check_template
from protolint.engine.expression.errors import ExpressionError
from protolint.engine.expression.evaluate import compile_node
from protolint.engine.expression.parse import parse
from protolint.engine.expression.template import parse_template, render, show

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "..")
with open(os.path.join(ROOT, "docs", "expressions.md"), encoding="utf-8") as file:
    PAGE = file.read()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


(SAMPLE,) = blocks("prototxt")
SOLVER, LAYER = re.findall(r"^\w+ \{\n(.*?)^\}$", SAMPLE, re.DOTALL | re.MULTILINE)
SCOPE = scope(
    solver=read_message("SolverParameter", SOLVER), layer=read_message("LayerParameter", LAYER)
)
EXAMPLES = [
    tuple(re.split(r" +→ +", line)) for b in blocks("expression") for line in b.splitlines()
]


def outcome(text: str) -> str:
    try:
        node = parse(text)
        check(node, ENVIRONMENT)
    except ExpressionError as error:
        return f"error: {error.message}"
    return show(compile_node(node)(SCOPE))


@pytest.mark.parametrize(("text", "shown"), EXAMPLES)
def test_an_example_gives_what_the_page_says(text: str, shown: str) -> None:
    assert outcome(text) == shown


def test_the_page_has_examples_of_everything() -> None:
    assert len(EXAMPLES) > 40


@pytest.mark.parametrize("block", blocks("template"))
def test_a_template_gives_what_the_page_says(block: str) -> None:
    text, shown = block.splitlines()
    parts = parse_template(text)
    check_template(parts, ENVIRONMENT)
    assert render(parts, SCOPE) == shown
