"""`scripts/setup` with stand-ins for the programs it calls: what it mends, and what it says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.build.conftest import ROOT

INPUTS = ("requirements.lock", "pyproject.toml", "package-lock.json", ".npmrc")
PYTHON = """#!/bin/sh
case "$*" in
  "-c import ensurepip") test -z "$NO_ENSUREPIP" ;;
  *%d-venv*) echo python3.13-venv ;;
  "-m venv "*) echo "$*" >>calls; mkdir -p .venv/bin; cp venv-python .venv/bin/python ;;
esac
"""
VENV_PYTHON = "#!/bin/sh\necho venv >>calls\n"
NPM = """#!/bin/sh
echo "npm $*" >>calls
case "$*" in *--silent*) ;; *) echo "npm error: it broke" >&2 ;; esac
test -z "$NPM_FAILS" || exit 1
mkdir -p node_modules && touch node_modules/.package-lock.json
"""
NODE = f"""#!/bin/sh
case "$OLD_NODE $1" in
  " "*) exec "{shutil.which("node")}" "$@" ;;
  *--version) echo v18.0.0 ;;
  *) exit 1 ;;
esac
"""
STAND_INS = {
    "python3.13": PYTHON,
    "npm": NPM,
    "node": NODE,
    "id": '#!/bin/sh\necho "${USER_ID:-1000}"\n',
    "apt-get": '#!/bin/sh\necho "apt-get $1" >>calls\n',
}


class Project:
    """A project with nothing in it but what setup reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "setup", folder / "scripts")
        for name in INPUTS:
            (folder / name).write_text("")
        _write_program(folder / "venv-python", VENV_PYTHON)
        for name, script in STAND_INS.items():
            _write_program(folder / "bin" / name, script)

    def setup(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it; `calls` is what it called this time."""
        (self.folder / "calls").write_text("")
        path = f"{self.folder / 'bin'}:/usr/bin:/bin"
        return subprocess.run(
            [self.folder / "scripts" / "setup"],
            env=os.environ | {"PATH": path} | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> str:
        return (self.folder / "calls").read_text()


def _write_program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One that was set up before."""
    found = Project(tmp_path)
    assert found.setup().returncode == 0
    return found


def test_a_second_run_installs_nothing(project: Project) -> None:
    assert project.setup().stdout == ""
    assert project.calls == "venv\n", "only the look at pip"


def test_an_environment_without_pip_is_made_anew(project: Project) -> None:
    """An interrupted start leaves one behind."""
    _write_program(project.folder / ".venv/bin/python", "#!/bin/sh\nexit 1\n")
    assert project.setup().returncode == 0
    assert "-m venv --clear .venv" in project.calls


def test_deleted_browser_packages_are_installed_again(project: Project) -> None:
    shutil.rmtree(project.folder / "node_modules")
    assert project.setup().returncode == 0
    assert "npm ci" in project.calls


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
