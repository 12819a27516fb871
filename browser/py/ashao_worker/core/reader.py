"""Takes typed values out of JSON data from elsewhere."""

from collections.abc import Mapping


class MalformedReply(ValueError):
    """An answer that does not have the shape agreed on."""


class Reader:
    """One JSON object; every method raises MalformedReply."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, Mapping):
            raise MalformedReply("An object was expected.")
        self._data = data

    def optional(self, key: str) -> object:
        """What is there, or None."""
        return self._data.get(key)

    def text(self, key: str) -> str:
        """A string."""
        if not isinstance(found := self._data.get(key), str):
            raise MalformedReply(f"{key} must be text.")
        return found

    def whole(self, key: str) -> int | None:
        """A whole number, or None."""
        found = self._data.get(key)
        if found is not None and (not isinstance(found, int) or isinstance(found, bool)):
            raise MalformedReply(f"{key} must be a whole number.")
        return found

    def count(self, key: str) -> int:
        """A whole number from 0 up."""
        found = self.whole(key)
        if found is None or found < 0:
            raise MalformedReply(f"{key} must be a count.")
        return found

    def number(self, key: str) -> float | None:
        """Any number, or None."""
        found = self._data.get(key)
        if found is not None and (not isinstance(found, int | float) or isinstance(found, bool)):
            raise MalformedReply(f"{key} must be a number.")
        return found

    def items(self, key: str) -> list[object]:
        """A list."""
        if not isinstance(found := self._data.get(key), list):
            raise MalformedReply(f"{key} must be a list.")
        return found

    def mapping(self, key: str) -> Mapping[str, object] | None:
        """An object, or None."""
        found = self._data.get(key)
        if found is not None and not isinstance(found, Mapping):
            raise MalformedReply(f"{key} must be an object.")
        return found
