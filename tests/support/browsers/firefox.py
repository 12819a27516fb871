"""Debian's Firefox, headless, over WebDriver BiDi."""

import asyncio
import base64
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.browsers.processes import running
from tests.support.browsers.tab import Tab
from tests.support.wait import wait_until

PROGRAM = "/usr/bin/firefox-esr"
ADDRESS = "WebDriverBiDiServer.json"  # in the profile, once it listens
PORT = re.compile(r'"ws_port":\s*(\d+)\s*}')
MOUSE = 6  # fine and hovering: without a screen Firefox believes that it has no pointer
PREFERENCES: Mapping[str, bool | int] = {
    "ui.primaryPointerCapabilities": MOUSE,
    "ui.allPointerCapabilities": MOUSE,
}
# On Mesa's processor-only Vulkan driver.
SOFTWARE_GPU: Mapping[str, bool | int] = {
    "dom.webgpu.enabled": True,
    "gfx.webgpu.ignore-blocklist": True,
}
START_S = 60.0


@asynccontextmanager
async def firefox(folder: Path, *, has_gpu: bool = False) -> AsyncIterator["Firefox"]:
    """A browser that has seen nothing yet; its files lie in `folder`."""
    _write_profile(folder, {**PREFERENCES, **(SOFTWARE_GPU if has_gpu else {})})
    options = ["--headless", "--no-remote", "--profile", str(folder)]
    command = [PROGRAM, *options, "--remote-debugging-port", "0", "about:blank"]
    environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}

    async with running(*command, env=environment):
        port = await wait_until(lambda: _port(folder), "Firefox to listen", START_S)
        there = f"ws://127.0.0.1:{port}/session"
        async with connect(there, max_size=None, proxy=None) as wire:
            tab = Firefox(wire)
            await tab.begin()
            yield tab


def _write_profile(folder: Path, preferences: Mapping[str, bool | int]) -> None:
    folder.mkdir()
    lines = (f'user_pref("{name}", {json.dumps(value)});' for name, value in preferences.items())
    (folder / "user.js").write_text("\n".join(lines))


def _port(folder: Path) -> int:
    """Of its remote control; 0 while there is none."""
    file = folder / ADDRESS
    found = PORT.search(file.read_text()) if file.exists() else None
    return int(found[1]) if found else 0


class Firefox(Tab):
    """Its one tab."""

    def __init__(self, wire: ClientConnection) -> None:
        super().__init__()
        self._wire = wire
        self._calls = 0
        self._one_at_a_time = asyncio.Lock()
        self._context = ""

    async def begin(self) -> None:
        """Open a session, and learn the tab's name."""
        await self._call("session.new", capabilities={})
        await self._call("session.subscribe", events=["log.entryAdded"])
        tree = await self._call("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def open(self, url: str) -> None:
        await self._tab("browsingContext.navigate", url=url, wait="complete")

    async def reload(self) -> None:
        await self._tab("browsingContext.reload", wait="complete")

    async def run(self, script: str) -> Any:
        result = await self._call(
            "script.evaluate",
            expression=f"(async () => {{{script}}})().then((it) => JSON.stringify(it ?? null))",
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    async def click(self, place: str) -> None:
        found = await self._tab(
            "browsingContext.locateNodes", locator={"type": "css", "value": place}, maxNodeCount=1
        )
        (element,) = found["nodes"]
        origin = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        await self._act(
            {
                "type": "pointer",
                "id": "mouse",
                "actions": [
                    {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
                    {"type": "pointerDown", "button": 0},
                    {"type": "pointerUp", "button": 0},
                ],
            }
        )

    async def type(self, text: str) -> None:
        strokes = [
            {"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")
        ]
        await self._act({"type": "key", "id": "keyboard", "actions": strokes})

    async def screenshot(self) -> bytes:
        picture = await self._tab("browsingContext.captureScreenshot")
        return base64.b64decode(picture["data"])

    async def close(self) -> None:
        # A window's last tab is not closed by this; leaving the page is what it says goodbye to.
        await self._tab("browsingContext.navigate", url="about:blank", wait="complete")

    async def _act(self, source: Mapping[str, object]) -> None:
        await self._tab("input.performActions", actions=[source])

    async def _tab(self, method: str, **params: object) -> Any:
        return await self._call(method, context=self._context, **params)

    async def _call(self, method: str, **params: object) -> Any:
        async with self._one_at_a_time:
            self._calls += 1
            await self._wire.send(
                json.dumps({"id": self._calls, "method": method, "params": params})
            )
            while True:
                message = json.loads(await self._wire.recv())
                if message.get("method") == "log.entryAdded":
                    self._hear(message["params"])
                if message.get("id") == self._calls:
                    assert message["type"] == "success", f"{method}: {message}"
                    return message["result"]

    def _hear(self, entry: Mapping[str, Any]) -> None:
        if entry["level"] == "error":
            self.complaints.append(str(entry["text"]))
