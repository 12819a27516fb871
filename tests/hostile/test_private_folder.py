"""Nobody else on the machine reads people's words, also where an older version left them open."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ashao.store.private_folder import OTHERS, open_data_dir
from tests.support import commands
from tests.support.chat_client import ChatClient
from tests.support.orchestrator import orchestrator


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """That of most machines, under which everything is open to be read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _open_to_others(folder: Path) -> list[str]:
    return sorted(
        f"{path} {stat.S_IMODE(path.lstat().st_mode):o}"
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink() and path.lstat().st_mode & OTHERS
    )


async def test_what_a_server_makes_is_its_users_alone(tmp_path: Path) -> None:
    """Folders that it has to make on the way, both stores, locks and logs; also after a restart."""
    data = tmp_path / "above" / "data"
    for _ in range(2):
        with orchestrator(tmp_path, ASHAO_DATA_DIR=str(data)) as running:
            async with ChatClient(running.url) as visitor:
                await visitor.send()
            assert {"ashao.sqlite", "store", "migrations.lock"} <= {*os.listdir(data)}
            assert await asyncio.to_thread(_open_to_others, tmp_path / "above") == []
    assert _open_to_others(tmp_path / "above") == []


async def test_what_was_open_is_closed_at_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with orchestrator(tmp_path) as running:
        async with ChatClient(running.url) as visitor:
            await visitor.send()
    _make_open(data)
    assert _open_to_others(data)
    with orchestrator(tmp_path) as running:
        async with ChatClient(running.url) as visitor:
            await visitor.send()
    assert _open_to_others(data) == []


@pytest.mark.parametrize("command", [["keys", "list"], ["admin", "queue"]])
def test_an_operators_command_closes_it_as_well(tmp_path: Path, command: list[str]) -> None:
    data = tmp_path / "above" / "data"
    for _ in range(2):
        commands.run(*command, ASHAO_DATA_DIR=str(data)).check_returncode()
        assert _open_to_others(tmp_path / "above") == []
        _make_open(data)


def test_a_folder_that_holds_other_things_stays_open_and_what_is_ours_does_not(
    tmp_path: Path,
) -> None:
    shared, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
    (shared / "store" / "appendonlydir").mkdir(parents=True)
    for path in (elsewhere, shared / "theirs", shared / "ashao.sqlite-wal"):
        path.write_text("")
    (shared / "store" / "appendonlydir" / "a.aof").write_text("")
    (shared / "store" / "link").symlink_to(elsewhere)
    _make_open(shared)
    open_data_dir(shared)
    assert [Path(each).name for each in _open_to_others(shared)] == ["shared 755", "theirs 644"]
    assert elsewhere.stat().st_mode & 0o777 == 0o644


def _make_open(folder: Path) -> None:
    """As it was made before."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink() and not path.is_socket():  # whose rights are its server's
            path.chmod(0o755 if path.is_dir() else 0o644)
