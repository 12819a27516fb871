"""Runs pytest inside Pyodide and tells what came of each test. Read by inner.js, never imported."""

import inspect
import json
import os
import sys

import pytest
from pyodide.ffi import run_sync


class Witness:
    """Runs coroutine tests on the browser's own event loop, and remembers every outcome."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        if not inspect.iscoroutinefunction(pyfuncitem.obj):
            return None
        names = inspect.signature(pyfuncitem.obj).parameters
        run_sync(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = report.longreprtext + report.capstdout
        elif report.when == "call":
            self.outcomes.setdefault(report.nodeid, "passed")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = report.longreprtext


def run_tests() -> str:
    """JSON {python, outcomes: {node id: "passed" or why not}}."""
    os.chdir("/suite")
    sys.path.insert(0, "/suite")
    witness = Witness()
    options = ["--import-mode=importlib", "-p", "no:cacheprovider", "-q", "--rootdir=/suite"]
    pytest.main([*options, "tests/worker"], plugins=[witness])
    return json.dumps({"python": sys.platform, "outcomes": witness.outcomes})
