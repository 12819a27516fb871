"""How large a stranger's schema may be, and how it is refused: with the place and the limit."""

MAX_DEPTH = 10
MAX_NODES = 500
MAX_PROPERTIES = 200
MAX_ENUM_VALUES = 500
MAX_LITERAL_CHARACTERS = 15_000  # of names and enum values together
MAX_REPEATS = 2_000  # of minItems, maxItems, minLength and maxLength together


class SchemaRefused(ValueError):
    """A schema that cannot be kept to. `place` is of keywords and numbers, so that it repeats
    nothing of anybody's; the text is the end of a sentence about it."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place


class Budget:
    """What is left of one limit."""

    def __init__(self, limit: int, what: str) -> None:
        self._limit = self._left = limit
        self._what = what

    def spend(self, amount: int, place: str) -> None:
        """Raises SchemaRefused when it is spent."""
        self._left -= amount
        if self._left < 0:
            raise SchemaRefused(
                place, f"it makes more than {self._limit} {self._what}, the most that is possible"
            )
