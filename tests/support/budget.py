"""The six minutes of `make test`, and what each part of the suite takes of them.

The table is in CONTRIBUTING.md: every later test is paid from there.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
ROW = re.compile(r"^\| ([\w ,]+) \| (\d+):(\d\d) \| (.*) \|$", re.MULTILINE)
CHECKS = "checks"
CHECKS_S = "ASHAO_TEST_CHECKS_S"  # what the Makefile measured


@dataclass(frozen=True)
class Part:
    """A part of the suite, with the beginnings of its tests' names."""

    name: str
    budget_s: int
    places: tuple[str, ...]


class Budget:
    """Which part a test belongs to: the one that names the longest beginning of its id."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts = tuple(parts)

    @classmethod
    def read(cls) -> Self:
        """As CONTRIBUTING.md has it."""
        return cls(
            Part(name, 60 * int(minutes) + int(seconds), tuple(re.findall(r"`([^`]+)`", places)))
            for name, minutes, seconds, places in ROW.findall(PAGE.read_text())
        )

    def part_of(self, node_id: str) -> Part | None:
        """The part that pays for this test."""
        found = [
            (len(place), part)
            for part in self.parts
            for place in part.places
            if node_id.startswith(place)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def lines(self, reports: Iterable[Any], processes: int) -> list[str]:
        """A line for each part: what its tests took together, shared by so many processes."""
        took: dict[str, float] = defaultdict(float)
        took[CHECKS] = float(os.environ.get(CHECKS_S, 0)) * processes
        for report in reports:
            if type(report) is pytest.TestReport and (part := self.part_of(report.nodeid)):
                took[part.name] += report.duration
        return [
            f"{part.name:24} {_clock(took[part.name] / processes)} of {_clock(part.budget_s)}"
            for part in self.parts
        ]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
