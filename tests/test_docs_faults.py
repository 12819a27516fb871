"""Every row about faults, in docs/faults.md and README.md, names a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = {
    page: [
        line
        for line in (ROOT / page).read_text().splitlines()
        if line.startswith("| ") and "| proved by |" not in line
    ]
    for page in ("docs/faults.md", "README.md")
}


def test_the_pages_have_rows() -> None:
    assert len(ROWS["docs/faults.md"]) > 25
    assert len(ROWS["README.md"]) > 6


@pytest.mark.parametrize("row", [row for rows in ROWS.values() for row in rows])
def test_each_fault_is_proved_by_a_test_that_exists(row: str) -> None:
    named = re.search(r"`(tests/[\w/]+\.py)(?:::(\w+))?` \|$", row)
    assert named, "this row names no test"
    tree = ast.parse((ROOT / named[1]).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = {node.name for node in tree.body if isinstance(node, kinds)}
    assert named[2] is None or named[2] in functions
