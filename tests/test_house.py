"""The rules of the house that no linter knows: sizes, names, and prose that must stay true."""

import ast
import re
import subprocess
from pathlib import Path

from ashao.settings import documented_settings

HOUSE = Path(__file__).parent.parent
SOURCES = ("server", "browser", "build", "tests", "bench")
CODE = frozenset({".py", ".js", ".mjs", ".css", ".html", ".lua", ".cc"})
MAX_LINES = 250
MAX_BYTES = 12 * 1024
# Names that say nothing about what is inside.
VAGUE = frozenset(
    {"common", "helper", "helpers", "manager", "misc", "stuff", "util", "utility", "utils"}
)
LARGER = {
    "tests/server/jobs/test_any_interleaving.py": "one state machine, which cannot be cut in two",
}
LEFTOVERS = re.compile(
    r"TODO|FIXME|XXX|type: ignore|# noqa|pytest\.(?:mark\.)?skip"
    r"|eslint-disable|biome-ignore|@ts-(?:ignore|nocheck|expect-error)"
)
# Where our packages come from, and on whose machine, is no business of the product.
ELSEWHERE = re.compile(
    r"(?<![\w.-])/(?:root|work|home/\w+|Users)/"
    r"|pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg"
)


def _tracked() -> list[Path]:
    """Every file that belongs to the house, also one that was added a minute ago."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=HOUSE,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (HOUSE / name for name in listing.stdout.split("\0") if name)
    return sorted({path for path in paths if path.is_file()})


def _name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


FILES = _tracked()
OURS = [path for path in FILES if _name(path).startswith(SOURCES) and path.suffix in CODE]
MODULES = [path for path in OURS if path.suffix == ".py"]


def test_every_file_can_be_read_in_one_sitting() -> None:
    """At most 250 lines and 12 KB."""
    large = {
        _name(path): (len(content.splitlines()), len(content))
        for path in OURS
        if len((content := path.read_bytes()).splitlines()) > MAX_LINES or len(content) > MAX_BYTES
    }
    assert {name: size for name, size in large.items() if name not in LARGER} == {}


def test_every_exception_is_still_needed() -> None:
    """A list of exceptions that nobody clears becomes the rule."""
    for name in LARGER:
        content = (HOUSE / name).read_bytes()
        assert len(content.splitlines()) > MAX_LINES or len(content) > MAX_BYTES, name


def test_every_name_says_what_is_inside() -> None:
    """Neither a file nor a folder is called helpers."""
    vague = [
        _name(path)
        for path in OURS
        if VAGUE & {*path.relative_to(HOUSE).parent.parts, path.stem.lower()}
    ]
    assert vague == []


def test_every_module_says_first_what_it_is_for() -> None:
    """In the first line of its docstring: a sentence."""
    silent = [
        _name(path)
        for path in MODULES
        if not (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0].strip()
        or path.read_text()[:3] != '"""'
    ]
    assert silent == []


def test_every_background_task_is_started_by_the_helper_that_logs_its_defects() -> None:
    """Nobody else in the server calls asyncio for one: an error of such a task is silent."""
    starters = {"create_task", "ensure_future", "TaskGroup"}
    others = [
        f"{_name(path)}:{node.lineno}"
        for path in (HOUSE / "server/ashao").rglob("*.py")
        if path.name != "tasks.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in starters)
        or (isinstance(node, ast.alias) and node.name in starters)
    ]
    assert others == []


def test_nobody_but_the_stores_own_clients_knows_the_librarys_errors() -> None:
    """They say StoreUnavailable of themselves; one more place that translates is one forgotten."""
    server = HOUSE / "server/ashao"
    others = [
        _name(path)
        for path in server.rglob("*.py")
        if server / "store" not in path.parents and "redis.exceptions" in path.read_text()
    ]
    assert others == []


def test_every_script_is_run_by_a_module_that_names_it() -> None:
    """A .lua file that no Python names is dead."""
    scripts = [path for path in OURS if path.suffix == ".lua"]
    unused = []
    for script in scripts:
        room = script.parents[1]
        python = "\n".join(path.read_text() for path in room.rglob("*.py"))
        if not re.search(rf"""["']{script.stem}["']""", python):
            unused.append(_name(script))
    assert unused == []
    assert len(scripts) > 15


def test_every_script_says_first_what_it_is_for() -> None:
    """In a comment on its first line."""
    scripts = [path for path in OURS if path.suffix == ".lua"]
    assert [_name(path) for path in scripts if not path.read_text().startswith("-- ")] == []


def test_every_setting_is_in_the_documentation() -> None:
    """The table in docs/settings.md is the one in the code, word for word."""
    page = (HOUSE / "docs/settings.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    documented = [
        (variable, f"`{default}`" if default else "", meaning)
        for variable, default, meaning in documented_settings()
    ]
    assert rows == documented, "copy the changed rows from `ashao serve --help`"


def test_every_path_of_the_readmes_tour_exists() -> None:
    """Between `<!-- tour -->` and `<!-- /tour -->`, in backticks."""
    readme = (HOUSE / "README.md").read_text()
    tour = re.search(r"<!-- tour -->(.*?)<!-- /tour -->", readme, re.DOTALL)
    assert tour, "README.md has no tour"
    paths = re.findall(r"`([\w./-]+)`", tour[1])
    assert len(paths) >= 8
    assert [path for path in paths if not (HOUSE / path).exists()] == []


def test_every_path_that_the_pages_name_exists() -> None:
    """Prose about folders rots faster than folders."""
    pages = [path for path in FILES if path.suffix == ".md"]
    named = {
        (_name(page), path)
        for page in pages
        for path in re.findall(
            r"`((?:server|browser|build|tests|bench)/[\w./-]+)`", page.read_text()
        )
    }
    assert sorted((page, path) for page, path in named if not (HOUSE / path).exists()) == []


def _lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{_name(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later_and_no_check_is_silenced() -> None:
    """Neither a note to oneself nor a comment that turns a tool off."""
    others = [path for path in OURS if path != Path(__file__)]
    assert _lines_with(LEFTOVERS, others) == []


def test_no_file_names_a_package_registry_or_a_folder_of_somebodys_machine() -> None:
    """They are settings of whoever builds."""
    assert _lines_with(ELSEWHERE, FILES) == []
