"""Debian's WebKitGTK, a close relative of Safari, on a screen of its own, over WebDriver."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.browsers.processes import running
from tests.support.browsers.tab import Tab
from tests.support.clusters import free_port
from tests.support.wait import wait_until

ENGINES = Path("/usr/lib")
PROGRAM = "*/webkit2gtk-4.1/MiniBrowser"
SCREEN = ("-screen", "0", "1440x1000x24", "-nolisten", "tcp")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # an element's name in JSON
SCRIPT_MS = 600_000  # a script may wait for long; the test's own time-out ends it
SCRIPT = """const done = arguments[0];
(async () => {%s})()
  .then((it) => done(JSON.stringify(it ?? null)), (error) => done(`!${error}`));"""


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator["WebKit"]:
    """A browser that has seen nothing yet; its files lie in `folder`."""
    environment = _environment(folder)
    port = free_port()
    command = ("WebKitWebDriver", f"--port={port}", "--host=127.0.0.1")
    async with (
        _screen() as display,
        running(*command, env=environment | {"DISPLAY": display}),
        _session(port) as tab,
    ):
        yield tab


@asynccontextmanager
async def _screen() -> AsyncIterator[str]:
    """The name of a display that nobody sees."""
    read, write = os.pipe()
    command = ("Xvfb", "-displayfd", str(write), *SCREEN)
    async with running(*command, env={**os.environ}, pass_fds=[write]):
        os.close(write)
        with os.fdopen(read) as told:
            number = await asyncio.to_thread(told.readline)
        assert number, "Xvfb did not start"
        yield f":{number.strip()}"


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours but the programs: no desktop, no bus, no proxy."""
    places = {
        name: folder / name.removeprefix("XDG_").lower()
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    }
    for place in places.values():
        place.mkdir(mode=0o700, parents=True)
    return {
        **os.environ,
        **{name: str(place) for name, place in places.items()},
        "GDK_BACKEND": "x11",
        "GSETTINGS_BACKEND": "memory",
        "GTK_A11Y": "none",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "NO_AT_BRIDGE": "1",
        "no_proxy": "*",
    }


@asynccontextmanager
async def _session(port: int) -> AsyncIterator["WebKit"]:
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, timeout=None, trust_env=False) as http:

        async def answers() -> bool:
            try:
                return (await http.get("/status")).is_success
            except httpx.TransportError:
                return False

        await wait_until(answers, "WebKit's driver to listen")
        browser = {"binary": _program(), "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": browser}
        reply = await http.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
        assert reply.is_success, reply.text
        session = f"/session/{reply.json()['value']['sessionId']}"
        reply = await http.post(f"{session}/timeouts", json={"script": SCRIPT_MS})
        assert reply.is_success, reply.text
        yield WebKit(http, session)


def _program() -> str:
    return str(next(ENGINES.glob(PROGRAM)))


class WebKit(Tab):
    """Its one tab."""

    def __init__(self, http: httpx.AsyncClient, session: str) -> None:
        super().__init__()
        self._http = http
        self._session = session

    async def open(self, url: str) -> None:
        await self._post("url", url=url)

    async def reload(self) -> None:
        await self._post("refresh")

    async def run(self, script: str) -> Any:
        found = await self._post("execute/async", script=SCRIPT % script, args=[])
        assert not found.startswith("!"), found
        return json.loads(found)

    async def click(self, place: str) -> None:
        element = await self._post("element", using="css selector", value=place)
        await self._post(f"element/{element[ELEMENT]}/click")

    async def type(self, text: str) -> None:
        strokes = [
            {"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")
        ]
        await self._post("actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    async def screenshot(self) -> bytes:
        reply = await self._http.get(f"{self._session}/screenshot")
        return base64.b64decode(reply.json()["value"])

    async def close(self) -> None:
        reply = await self._http.delete(f"{self._session}/window")
        assert reply.is_success, reply.text

    async def _post(self, command: str, **body: object) -> Any:
        reply = await self._http.post(f"{self._session}/{command}", json=body)
        assert reply.is_success, f"{command}: {reply.text}"
        return reply.json()["value"]
