"""The home in a Web Worker: the only file that knows JavaScript. JSON strings cross, not proxies.

JavaScript calls `start(bridge, config_json)`; `bridge` offers:

- `generate(requestJson, onBatch)`: a promise of `{"finish"}`; `onBatch` is called with
  `{"pieces": [{"text", "tokens"}]}`; it rejects with an Error whose message is JSON,
  `{"code", "message"}`
- `interrupt(id)`: make that promise settle soon
- `report(eventJson)`: an event for the page
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from typing import Any

from pyodide.ffi import JsException, create_proxy
from pyodide.http import AbortError, pyfetch

from ashao_text.finish import finish_of
from ashao_worker.core.donation import Donation
from ashao_worker.core.engine import EngineCode, EngineError, Piece
from ashao_worker.core.environment import NetworkError, Response
from ashao_worker.core.orchestrator import OrchestratorError
from ashao_worker.core.report import Event
from ashao_worker.core.structure import grammar_text
from ashao_worker.core.thinking import thoughts_apart
from ashao_worker.core.to_json import to_json
from ashao_worker.core.wire import Message, Params
from ashao_worker.core.worker import Worker
from ashao_worker.homes.standard_library import SystemTimer, parse_json, parse_response

INTERRUPT_TIMEOUT_S = 5.0  # a lost device may never settle its promise


class PyodideEnvironment(SystemTimer):
    """Requests to the page's own origin by fetch."""

    def __init__(self, server: str) -> None:
        self._server = server.rstrip("/")

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        bearer: str | None,
        timeout_s: float,
    ) -> Response:
        """Send JSON; raises NetworkError. A cancelled task aborts the fetch."""
        headers = {"Content-Type": "application/json"}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        try:
            async with asyncio.timeout(timeout_s):
                answer = await pyfetch(
                    self._server + path,
                    method=method,
                    headers=headers,
                    body=json.dumps(dict(body)),
                    credentials="same-origin",
                )
                text = await answer.text()
        except (AbortError, JsException, OSError, TimeoutError) as error:
            raise NetworkError(type(error).__name__) from error
        return parse_response(answer.status, text, answer.headers)


class BridgeEngine:
    """The model behind the bridge."""

    def __init__(
        self,
        bridge: Any,
        name: str | None,
        model: str,
        context_tokens: int | None,
        abilities: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.model = model
        self.context_tokens = context_tokens
        self.abilities = abilities
        self._bridge = bridge
        self._ids = count(1)

    async def stream(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Piece, None]:
        """Generate the rest of the answer; raises EngineError."""
        async with (
            aclosing(self._stream(messages, params)) as raw,
            aclosing(thoughts_apart(raw)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    async def _stream(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Piece, None]:
        """What the model says, thoughts and all."""
        number = str(next(self._ids))
        request = {
            "id": number,
            "messages": [to_json(message) for message in messages],
            "params": to_json(replace(params, json_schema=None, tools=None)),
            "grammar": grammar_text(messages, params),
        }
        batches: asyncio.Queue[str | None] = asyncio.Queue()
        on_batch = create_proxy(batches.put_nowait)
        generation = asyncio.ensure_future(self._generate(json.dumps(request), on_batch))
        generation.add_done_callback(lambda _: batches.put_nowait(None))
        try:
            while (batch := await batches.get()) is not None:
                for piece in json.loads(batch)["pieces"]:
                    yield Piece(piece["text"], piece["tokens"])
            yield Piece("", 0, finish=finish_of(generation.result()))
        finally:
            if not generation.done():
                self._bridge.interrupt(number)
                await asyncio.wait([generation], timeout=INTERRUPT_TIMEOUT_S)
                generation.cancel()
            on_batch.destroy()

    async def _generate(self, request_json: str, on_batch: Any) -> object:
        """Why it ended, in the bridge's word."""
        try:
            return json.loads(await self._bridge.generate(request_json, on_batch))["finish"]
        except JsException as error:
            raise _engine_error(error) from None


class BrowserWorker:
    """What JavaScript holds while this tab donates."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._task = asyncio.ensure_future(self._run())

    def stop(self) -> "asyncio.Task[None]":
        """Release what is claimed and end; the returned promise settles when that is done."""
        self._worker.stop()
        return self._task

    def pause(self) -> None:
        """Finish what is being written, claim no more."""
        self._worker.pause()

    def resume(self) -> None:
        """Claim again."""
        self._worker.resume()

    async def _run(self) -> None:
        try:
            await self._worker.run()
        except OrchestratorError:
            return  # the page was told, as the state `error`


def start(bridge: Any, config_json: str) -> BrowserWorker:
    """Donate this tab.

    `config_json` has "server", "engine", "model", "tiers", "contextTokens", "abilities".
    """
    config = json.loads(config_json)

    def observe(event: Event) -> None:
        bridge.report(json.dumps(to_json(event)))

    engine = BridgeEngine(
        bridge,
        config.get("engine"),
        config["model"],
        config.get("contextTokens"),
        tuple(config.get("abilities") or ()),
    )
    donation = Donation(kind="browser", tiers=tuple(config.get("tiers") or ("pro",)))
    return BrowserWorker(Worker(PyodideEnvironment(config["server"]), engine, donation, observe))


def _engine_error(error: Any) -> EngineError:
    """Errors cross with a code; anything else is the engine's own fault."""
    found = parse_json(error.message)
    if not isinstance(found, dict):
        return EngineError(EngineCode.ENGINE_ERROR)
    return EngineError(str(found.get("code")), str(found.get("message", "")))
