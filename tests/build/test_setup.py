"""`scripts/setup` with stand-ins for the programs it calls: what it mends, and what it says."""

import shutil
from pathlib import Path

import pytest

from tests.build.stand_in_project import Project, write_program

SERVE = ["pip requirements/serve.lock", "npm ci --loglevel=error --ignore-scripts --omit=dev"]
BROWSERS = "chromium firefox-esr mesa-vulkan-drivers webkit2gtk-driver xvfb"
TESTS = ["pip requirements/tests.lock", "npm ci --loglevel=error --ignore-scripts"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One that was set up before, to serve."""
    found = Project(tmp_path)
    assert found.setup().returncode == 0
    return found


@pytest.fixture
def tested(project: Project) -> Project:
    """One in which also the checks were run."""
    assert project.setup("--check").returncode == 0
    return project


def test_serving_needs_neither_the_tests_packages_nor_debians(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert project.setup().returncode == 0
    assert project.installed == SERVE


def test_a_second_run_installs_nothing(project: Project) -> None:
    assert project.setup().stdout == ""
    assert project.calls == "venv\n", "only the look at pip"


def test_the_checks_need_no_debian_package(project: Project) -> None:
    """They run on a machine of which one is not root."""
    assert project.setup("--check").returncode == 0
    assert project.installed == TESTS


def test_what_has_the_tests_packages_can_serve(tested: Project) -> None:
    assert tested.setup().stdout == ""
    assert tested.setup("--check").stdout == ""


@pytest.mark.parametrize("options", [[], ["--check"]], ids=["serve", "check"])
def test_a_changed_lock_is_installed_at_any_level(tested: Project, options: list[str]) -> None:
    for name in ("requirements/serve.lock", "requirements/tests.lock", "package-lock.json"):
        tested.change(name)
    assert tested.setup(*options).returncode == 0
    assert tested.installed == (TESTS if options else SERVE)


def test_from_the_tests_to_serving_and_back(tested: Project) -> None:
    """npm takes away what serving does not need, so the tests' packages have to come again."""
    tested.change("package-lock.json")
    assert tested.setup().returncode == 0
    assert tested.installed == SERVE[1:]
    assert tested.setup("--check").returncode == 0
    assert tested.installed == TESTS[1:]


def test_what_only_the_tests_need_is_not_serving_s_business(tested: Project) -> None:
    tested.change("requirements/tests.lock")
    assert tested.setup().stdout == ""
    assert tested.setup("--check").returncode == 0
    assert tested.installed == TESTS[:1]


@pytest.mark.parametrize("failing", ["PIP_FAILS", "NPM_FAILS"])
def test_what_was_interrupted_is_installed_again(tested: Project, failing: str) -> None:
    """Also when the lock is then the one that was there before: it may be half removed."""
    locks = ("requirements/serve.lock", "package-lock.json")
    for name in locks:
        tested.change(name)
    assert tested.setup(**{failing: "1"}).returncode != 0
    for name in locks:
        (tested.folder / name).write_text("")
    assert tested.setup().returncode == 0
    assert SERVE[failing == "NPM_FAILS"] in tested.installed


def test_root_gets_the_programs_that_the_tests_need(project: Project) -> None:
    run = project.setup("--tests", USER_ID="0")
    assert run.returncode == 0, run.stderr
    assert project.installed[:2] == TESTS
    assert project.installed[-1].endswith(f"--no-install-recommends {BROWSERS} redis-server")
    assert f"Debian packages {BROWSERS} redis-server" in run.stdout


def test_somebody_else_is_told_what_root_has_to_install(project: Project) -> None:
    run = project.setup("--tests")
    assert run.returncode == 1
    assert f"as root: apt-get install {BROWSERS} redis-server\n" in run.stderr
    assert project.installed == TESTS, "all else is done"


def test_without_debian_the_programs_are_named(project: Project) -> None:
    (project.folder / "bin" / "apt-get").unlink()
    run = project.setup("--tests", USER_ID="0")
    assert run.returncode == 1
    assert f"install them: {BROWSERS} redis-server\n" in run.stderr


def test_programs_that_are_there_need_nobody(project: Project) -> None:
    for name in ("chromium", "firefox-esr", "WebKitWebDriver", "Xvfb", "redis-server"):
        write_program(project.folder / "bin" / name, "#!/bin/sh\n")
    assert project.setup("--tests").returncode == 0
    assert project.installed == TESTS


def test_an_option_that_it_does_not_know_is_named(project: Project) -> None:
    run = project.setup("--test")
    assert run.returncode == 1
    assert "not --test\n" in run.stderr
    assert project.calls == ""


def test_an_environment_without_pip_is_made_anew(project: Project) -> None:
    """An interrupted start leaves one behind."""
    write_program(project.folder / ".venv/bin/python", "#!/bin/sh\nexit 1\n")
    assert project.setup().returncode == 0
    assert "-m venv --clear .venv" in project.calls


def test_deleted_browser_packages_are_installed_again(project: Project) -> None:
    shutil.rmtree(project.folder / "node_modules")
    assert project.setup().returncode == 0
    assert project.installed == SERVE[1:]


def test_what_npm_complains_about_is_shown(project: Project) -> None:
    shutil.rmtree(project.folder / "node_modules")
    run = project.setup(NPM_FAILS="1")
    assert run.returncode == 1
    assert "it broke" in run.stderr


def test_an_old_node_is_named(project: Project) -> None:
    run = project.setup(OLD_NODE="1")
    assert run.returncode == 1
    assert "Node 20 or newer" in run.stderr
    assert "v18.0.0" in run.stderr


def test_the_missing_part_of_debians_python_is_named(project: Project) -> None:
    shutil.rmtree(project.folder / ".venv")
    run = project.setup(NO_ENSUREPIP="1")
    assert run.returncode == 1
    assert "python3.13-venv" in run.stderr
    assert not (project.folder / ".venv").exists()


def test_root_gets_the_missing_part_of_debians_python(project: Project) -> None:
    shutil.rmtree(project.folder / ".venv")
    run = project.setup(NO_ENSUREPIP="1", USER_ID="0")
    assert run.returncode == 0, run.stderr
    assert project.calls.index("apt-get install") < project.calls.index("-m venv")
