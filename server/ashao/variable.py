"""One setting: how its variable is described, and how its text is read. It knows none of them."""

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

LONGEST_QUOTE = 40


class BadSetting(ValueError):
    """A variable does not parse; the text names it and never repeats a secret."""


def setting(
    variable: str,
    default: Any,
    meaning: str,
    *,
    secret: bool = False,
    one_of: tuple[str, ...] = (),
    some_of: tuple[str, ...] = (),
    check: Callable[[str], object] | None = None,
) -> Any:
    """One documented field; `secret` keeps its value out of repr and logs.

    `one_of` are the words that it may be, `some_of` those that it may list, by comma. `check`
    raises ValueError, saying in a few words after the variable's name what is wrong, for a text
    that means nothing.
    """
    metadata = {
        "variable": variable,
        "meaning": meaning,
        "one_of": one_of,
        "some_of": some_of,
        "check": check,
    }
    return field(default=default, repr=not secret, metadata=metadata)


def whole(variable: str, default: int, meaning: str, range_: tuple[int, int]) -> Any:
    """One documented field that is a whole number, and the least and the most that it may be."""
    metadata = {"variable": variable, "meaning": meaning, "range": range_}
    return field(default=default, metadata=metadata)


def parsed(about: Mapping[str, Any], default: object, text: str) -> object:
    """The text as the default's type."""
    variable = about["variable"]
    if about.get("range"):
        return whole_number(variable, text, *about["range"])
    if about["one_of"]:
        if (word := text.strip().lower()) not in about["one_of"]:
            raise BadSetting(f"{variable} must be one of {', '.join(about['one_of'])}.")
        return word
    if about["some_of"] and not set(listed(text)) <= set(about["some_of"]):
        raise BadSetting(f"{variable} may list {', '.join(about['some_of'])}.")
    if about["check"]:
        _check(variable, about["check"], text)
    if isinstance(default, Path):
        return Path(text)
    return text


def _check(variable: str, check: Callable[[str], object], text: str) -> None:
    try:
        check(text)
    except ValueError as error:
        raise BadSetting(f"{variable} {error}") from error


def begins(*schemes: str) -> Callable[[str], object]:
    """A check that a URL, if there is one, begins with one of these."""

    def check(url: str) -> None:
        if url and not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must begin with {'://, '.join(schemes)}://.")

    return check


def whole_number(name: str, text: str, at_least: int, at_most: int) -> int:
    """The number that a text is. Raises BadSetting, in one line, unless it is in the range."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(at_most))
    if not is_number or not at_least <= int(text) <= at_most:
        raise BadSetting(
            f"{name} must be a whole number from {at_least} to {at_most}, "
            f"not {text[:LONGEST_QUOTE]!r}."
        )
    return int(text)


def listed(text: str) -> list[str]:
    """The words of a list by comma."""
    return [word for each in text.split(",") if (word := each.strip())]
