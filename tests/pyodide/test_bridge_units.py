"""The bridge's JavaScript, unit by unit, with Node's own test runner."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BRIDGE = Path("tests") / "pyodide" / "bridge"


def test_the_bridges_units_pass() -> None:
    tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / BRIDGE).glob("*.test.mjs"))
    run = subprocess.run(
        ["node", "--test", *tests], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"# pass {run.stdout.count(chr(10) + 'ok ')}" in run.stdout, run.stdout
