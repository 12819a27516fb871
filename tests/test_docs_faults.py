"""Every row of docs/faults.md names a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    line
    for line in (ROOT / "docs/faults.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| fault ")
]


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 25


@pytest.mark.parametrize("row", ROWS)
def test_each_fault_is_proved_by_a_test_that_exists(row: str) -> None:
    named = re.search(r"`(tests/[\w/]+\.py)(?:::(\w+))?` \|$", row)
    assert named, "this row names no test"
    tree = ast.parse((ROOT / named[1]).read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
    assert named[2] is None or named[2] in functions
