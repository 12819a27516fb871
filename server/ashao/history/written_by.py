"""Who wrote an answer, as far as its reader is told: no machine's name, and nobody's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenBy:
    """The kind of machine and the model that wrote its end, and how many machines gave words.

    `kind` is browser, native, cloud or simulation.
    """

    kind: str
    model: str
    machines: int
