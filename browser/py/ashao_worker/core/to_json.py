"""Messages as JSON data."""

from dataclasses import fields, is_dataclass


def to_json(value: object) -> dict[str, object]:
    """A message as JSON data: camelCase keys, nothing that is None."""
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is not a message")
    pairs = ((each.name, getattr(value, each.name)) for each in fields(value))
    return {_camel(name): _plain(found) for name, found in pairs if found is not None}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return to_json(value) if is_dataclass(value) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
