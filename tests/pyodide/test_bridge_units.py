"""The bridge's JavaScript, unit by unit, with Node's own test runner."""

from pathlib import Path

from tests.support.node_tests import node_tests_pass


def test_the_bridges_units_pass() -> None:
    node_tests_pass(Path(__file__).parent / "bridge")
