"""JavaScript's own unit tests, run by Node's own runner."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def node_tests_pass(folder: Path) -> None:
    """Every `*.test.mjs` of the folder, in one process; raises with what they said."""
    tests = sorted(path.relative_to(ROOT).as_posix() for path in folder.glob("*.test.mjs"))
    assert tests, f"there are no tests in {folder}"
    # `node --test` would start a process for each file.
    imports = "".join(f'import "./{name}";' for name in tests)
    run = subprocess.run(
        ["node", "--test-reporter=tap", "--input-type=module", "--eval", imports],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"# pass {run.stdout.count(chr(10) + 'ok ')}" in run.stdout, run.stdout
