"""A registered worker, as its record in the store tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ashao.jobs.queue.requirements import Requirements, abilities_in, abilities_text

MEASURED = "measuredSpeed"  # the field of its record; there while its latest answer was whole
DEFAULT_SLOTS = {"browser": 1, "native": 4}


@dataclass(frozen=True, slots=True)
class Worker:
    """A registered worker. `context_tokens` is None when it did not say.

    Workers of one `voice`, an account's or an address's, count as one where strangers are counted.
    `slots` is how many answers it may write at a time. `measured_speed` is what the server saw of
    its latest answer, in tokens per second, None before the first and after a failure. One that
    `is_spare` gets only what no other worker waits for; anybody may say so, for it only costs who
    says it. `engine` is its engine's name and version, for operators: None when it did not say.
    """

    id: str
    type: str
    model: str
    tiers: tuple[str, ...]
    context_tokens: int | None
    voice: str = ""
    slots: int = 1
    measured_speed: float | None = None
    is_spare: bool = False
    engine: str | None = None
    abilities: frozenset[str] = frozenset()

    def fits(self, needs: Requirements) -> bool:
        """Whether it can serve what needs these."""
        return needs.fit(self.model, self.context_tokens, self.abilities)

    def record(self) -> dict[str, str | int]:
        """The hash that a registration writes."""
        return {
            "type": self.type,
            "model": self.model,
            "tiers": ",".join(self.tiers),
            "contextTokens": self.context_tokens or 0,
            "voice": self.voice,
            "slots": self.slots,
            "isSpare": int(self.is_spare),
            "engine": self.engine or "",
            "abilities": abilities_text(self.abilities),
        }

    @classmethod
    def from_record(cls, worker_id: str, record: Mapping[str, str]) -> Self:
        """Read the hash that a registration wrote."""
        speed = record.get(MEASURED)
        return cls(
            id=worker_id,
            type=record["type"],
            model=record["model"],
            tiers=tuple(record["tiers"].split(",")),
            context_tokens=int(record["contextTokens"]) or None,
            voice=record.get("voice", worker_id),
            slots=int(record.get("slots", DEFAULT_SLOTS[record["type"]])),
            measured_speed=None if speed is None else float(speed),
            is_spare=record.get("isSpare") == "1",
            engine=record.get("engine") or None,
            abilities=abilities_in(record.get("abilities")),
        )
