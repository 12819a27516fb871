"""How the whole suite runs: what is in it, in which order, side by side, and how long it took.

`pytest` takes the sample of a seed, `pytest --matrix` takes everything.
"""

import os
import random

import hypothesis
import pytest
from _pytest.terminal import TerminalReporter

from tests.support.budget import Budget
from tests.support.forked import end_server, server_address
from tests.support.sample import kind_of, left_out

# A busy machine is slow, which is no fault of what is tested.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SEED = "ASHAO_TEST_SEED"
WEBGPU = "webgpu"
# What takes a process the longest begins, so that nothing long is left at the end.
LONGEST = (
    WEBGPU,
    "tests/chaos/",
    "tests/server/api/test_openapi.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options of ours."""
    group = parser.getgroup("ashao")
    group.addoption("--matrix", action="store_true", help="run everything, not only a sample")
    group.addoption("--seed", type=int, help=f"repeat the run of this seed (or set {SEED})")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One seed decides all that is random: the sample, the order, what hypothesis tries.

    Several processes that run the tests share one server that forks orchestrators.
    """
    if hasattr(config, "workerinput"):
        return  # the process that started this one decided
    option = config.option
    if getattr(option, "randomly_seed", "default") == "default":
        given = option.seed if option.seed is not None else os.environ.get(SEED)
        option.randomly_seed = int(given) if given else random.Random().getrandbits(32)
    if option.hypothesis_seed is None:
        option.hypothesis_seed = option.randomly_seed
    if getattr(option, "numprocesses", None):
        server_address()


def pytest_unconfigure() -> None:
    """Nobody is left behind."""
    end_server()


def pytest_report_header(config: pytest.Config) -> str:
    """What is run, and how to have the same again."""
    what = "everything" if _is_everything(config) else "a sample (--matrix runs everything)"
    return f"{what}; again: make test {SEED}={config.option.randomly_seed}"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Which tests one process runs together: a file's on one kind of store, and all of WebGPU.

    Two at a time on WebGPU would only slow each other down.
    """
    on = f" on {kind}" if (kind := kind_of(item)) else ""
    group = WEBGPU if item.get_closest_marker(WEBGPU) else item.nodeid.partition("::")[0] + on
    item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in the sample; the longest begins."""
    if not _is_everything(config):
        others = left_out(items, config.option.randomly_seed)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in others])
        items[:] = [item for item in items if item.nodeid not in others]
    items.sort(key=_place)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """What each part of the suite took of its budget, when it ran as a whole."""
    processes = getattr(config.option, "numprocesses", None)
    if processes and not config.option.file_or_dir:
        reports = [each for some in terminalreporter.stats.values() for each in some]
        terminalreporter.section("the budget that CONTRIBUTING.md keeps")
        for line in Budget.read().lines(reports, processes):
            terminalreporter.write_line(line)
    terminalreporter.write_line(pytest_report_header(config))


def _is_everything(config: pytest.Config) -> bool:
    """Also when tests are named one by one."""
    return bool(config.option.matrix) or any("::" in each for each in config.args)


def _place(item: pytest.Item) -> int:
    marker = item.get_closest_marker("xdist_group")
    assert marker
    group: str = marker.args[0]
    places = (at for at, each in enumerate(LONGEST) if group.startswith(each))
    return next(places, len(LONGEST))
