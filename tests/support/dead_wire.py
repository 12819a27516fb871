"""A store behind a wire that can go dead: nothing comes through any more, and nobody is told.

It also counts how often somebody waited for the store.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Wire:
    """Carries connections to a store's socket."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._carried: set[asyncio.Task[None]] = set()
        self._dead: set[asyncio.Task[None]] = set()
        self._is_asked = False
        self.round_trips = 0
        """What is asked side by side, before an answer comes, is one of them."""

    def go_dead(self, *, towards_the_store_only: bool = False) -> None:
        """What is connected now stays so, and what is said over it is lost."""
        named = {"to"} if towards_the_store_only else {"to", "from"}
        self._dead |= {each for each in self._carried if each.get_name() in named}

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, both ways."""
        store_reader, store_writer = await asyncio.open_unix_connection(self._store)
        for name, source, sink in (
            ("to", reader, store_writer),
            ("from", store_reader, writer),
        ):
            task = asyncio.create_task(self._carry(source, sink), name=name)
            self._carried.add(task)
            task.add_done_callback(self._carried.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        try:
            while data := await source.read(65_536):
                if me not in self._dead:
                    self._count(is_asked=me is not None and me.get_name() == "to")
                    sink.write(data)
        finally:
            sink.close()

    def _count(self, *, is_asked: bool) -> None:
        self.round_trips += is_asked and not self._is_asked
        self._is_asked = is_asked

    async def cut(self) -> None:
        """End every connection."""
        for task in list(self._carried):
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)


@asynccontextmanager
async def wire_to(store_url: str, folder: Path) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to a store that answers on a socket, and its address at this end."""
    wire = Wire(Path(store_url.removeprefix("unix://")))
    here = folder / "wire.sock"
    server = await asyncio.start_unix_server(wire.connect, here)
    try:
        yield wire, f"unix://{here}"
    finally:
        server.close()
        await wire.cut()
