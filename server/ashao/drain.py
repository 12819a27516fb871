"""How a process leaves: first it takes nothing new, then what is open ends, then it is gone."""

import asyncio


class Drain:
    """Two moments: `begun`, when the process was asked to leave; `over`, when nothing is open."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.over = asyncio.Event()
