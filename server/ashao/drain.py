"""How a process leaves: first it takes nothing new, then what is open ends, then it is gone."""

import asyncio


class Drain:
    """Two moments: `begun`, when the process was asked to leave; `over`, when nothing is open.

    `cannot_start` is why it leaves without having served, if so.
    """

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.over = asyncio.Event()
        self.cannot_start: Exception | None = None
