"""Which tests `make test` runs: all of the claims, each on a part of what it could be claimed of.

A seed picks the part, so that in the course of many runs everything has its turn; the same seed
picks the same. `--matrix` runs everything.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from random import Random

import pytest

from tests.support import databases, stores

# Here the store itself is on trial: every kind of it, in every run.
ON_EVERY_STORE = (
    "tests/server/jobs/",
    "tests/server/store/",
    "tests/server/stream/",
    "tests/story/test_prompt_to_answer.py",
)
# Here the tables are: every test on SQLite, and some on PostgreSQL, too.
ON_EVERY_DATABASE = ("tests/server/store/",)
ON_SOME_DATABASES = (
    "tests/server/history/",
    "tests/server/identity/",
    "tests/server/ledger/",
)
SHARE_ON_POSTGRESQL = 0.2
# Here a test starts processes or drives a browser, which takes seconds: of each folder some run.
# What is said of the product as a whole is said by several of them.
SHARES = {
    "tests/build/": 0.3,
    "tests/conformance/": 0.4,
    "tests/hostile/": 0.2,
    "tests/native/": 0.4,
    "tests/privacy/": 0.4,
    "tests/pyodide/": 0.5,
    "tests/story/": 0.4,
    "tests/server/api/anthropic/": 0.5,
    "tests/server/api/openai/": 0.4,
    "tests/server/api/programs/": 0.5,
    "tests/ui/": 0.15,
    "tests/worker_native/": 0.3,
}
ALWAYS = ("tests/story/test_prompt_to_answer.py", "tests/ui/test_chat.py")


def kind_of(item: pytest.Item) -> str | None:
    """The store or database that the test runs on, if it runs on several kinds."""
    kinds = (*stores.KINDS, *databases.KINDS)
    return next((str(each) for each in _values(item) if each in kinds), None)


def left_out(items: Sequence[pytest.Item], seed: int) -> set[str]:
    """The ids of the tests that are not in the sample."""
    elsewhere = {item.nodeid for item in items if not _is_its_turn(item, seed)}
    elsewhere |= _other_functions(items, seed)
    sweeps: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.nodeid not in elsewhere and item.get_closest_marker("sample"):
            sweeps[f"{_function(item)} {kind_of(item)}"].append(item)
    for name, sweep in sweeps.items():
        elsewhere |= {item.nodeid for item in _left_of(sweep, Random(f"{seed} {name}"))}
    dear = sorted({_function(item) for item in items if item.get_closest_marker("dear")})
    its_turn = Random(f"{seed} dear").choice(dear) if dear else ""
    elsewhere |= {item.nodeid for item in items if _function(item) in {*dear} - {its_turn}}
    return elsewhere


def _other_functions(items: Sequence[pytest.Item], seed: int) -> set[str]:
    """Where a folder runs a share only: the others, whole functions with all of their cases."""
    elsewhere: set[str] = set()
    for folder, share in SHARES.items():
        here = [item for item in items if item.nodeid.startswith(folder)]
        functions = sorted({_function(item) for item in here})
        random = Random(f"{seed} {folder}")
        taken = set(random.sample(functions, k=math.ceil(share * len(functions))))
        elsewhere |= {
            item.nodeid
            for item in here
            if _function(item) not in taken and not item.nodeid.startswith(ALWAYS)
        }
    return elsewhere


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _is_its_turn(item: pytest.Item, seed: int) -> bool:
    """Whether the test runs on this kind; a file's tests stay together."""
    kind, name = kind_of(item), item.nodeid
    if kind in stores.KINDS:
        return name.startswith(ON_EVERY_STORE) or kind == _picked(stores.KINDS, name, seed)
    if kind in databases.KINDS and name.startswith(ON_SOME_DATABASES):
        share = Random(f"{seed} {name}").random()
        return kind == "sqlite" or share < SHARE_ON_POSTGRESQL
    if kind in databases.KINDS:
        return name.startswith(ON_EVERY_DATABASE) or kind == _picked(databases.KINDS, name, seed)
    return True


def _picked(kinds: tuple[str, ...], node_id: str, seed: int) -> str:
    path = node_id.partition("::")[0]
    return Random(f"{seed} {path}").choice(kinds)


def _left_of(sweep: list[pytest.Item], random: Random) -> list[pytest.Item]:
    """All but as many as the marker says, among which are those with a value that it names."""
    marker = sweep[0].get_closest_marker("sample")
    assert marker
    always = marker.kwargs.get("always", ())
    named = [each for each in sweep if any(one in always for one in _values(each))]
    others = sorted((each for each in sweep if each not in named), key=lambda item: item.nodeid)
    random.shuffle(others)
    return others[max(0, marker.args[0] - len(named)) :]


def _values(item: pytest.Item) -> list[object]:
    parameters = getattr(item, "callspec", None)
    return [*parameters.params.values()] if parameters else []
