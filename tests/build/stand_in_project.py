"""A project with nothing in it but what `scripts/setup` reads, and stand-ins for what it calls."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.build.conftest import ROOT

INPUTS = (
    "requirements/serve.lock",
    "requirements/tests.lock",
    "pyproject.toml",
    "package-lock.json",
    ".npmrc",
)
PYTHON = """#!/bin/sh
case "$*" in
  "-c import ensurepip") test -z "$NO_ENSUREPIP" ;;
  *%d-venv*) echo python3.13-venv ;;
  "-m venv "*) echo "$*" >>calls; mkdir -p .venv/bin; cp venv-python .venv/bin/python ;;
esac
"""
VENV_PYTHON = """#!/bin/sh
case "$*" in
  *--version) echo venv >>calls ;;
  *"-r "*) echo "pip ${*##* -r }" >>calls; test -z "$PIP_FAILS" ;;
esac
"""
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
    "apt-get": '#!/bin/sh\necho "apt-get $*" >>calls\n',
    "initdb": "#!/bin/sh\n",
}
# Of the machine's own programs only these are there: it may have a browser and a store, or not.
REAL = ("bash", "cat", "cp", "dirname", "grep", "mkdir", "rm", "sh", "sha256sum", "touch")


class Project:
    """The project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        (folder / "requirements").mkdir()
        shutil.copy(ROOT / "scripts" / "setup", folder / "scripts")
        for name in INPUTS:
            (folder / name).write_text("")
        write_program(folder / "venv-python", VENV_PYTHON)
        for name, script in STAND_INS.items():
            write_program(folder / "bin" / name, script)
        for name in REAL:
            (folder / "bin" / name).symlink_to(shutil.which(name) or name)

    def setup(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it; `calls` is what it called this time."""
        (self.folder / "calls").write_text("")
        return subprocess.run(
            [self.folder / "scripts" / "setup", *options],
            env=os.environ | {"PATH": str(self.folder / "bin")} | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def change(self, name: str) -> None:
        """Make one of the files that it reads another."""
        with (self.folder / name).open("a") as file:
            file.write("changed\n")

    @property
    def calls(self) -> str:
        return (self.folder / "calls").read_text()

    @property
    def installed(self) -> list[str]:
        """What pip, npm and apt-get installed this time, in the order of the calls."""
        return [line for line in self.calls.splitlines() if line.startswith(("pip", "npm", "apt"))]


def write_program(path: Path, script: str) -> None:
    """A script that can be run."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
