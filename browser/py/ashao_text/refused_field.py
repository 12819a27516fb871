"""Which field of a request a model's server complains of, from the error that it answers with."""

import re
from collections.abc import Iterable


def refused_field(complaint: str, fields: Iterable[str]) -> str | None:
    """The first one of the fields that the complaint names; None when it names none."""
    places = {
        name: found.start()
        for name in fields
        if (found := re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", complaint))
    }
    return min(places, key=lambda name: places[name], default=None)
