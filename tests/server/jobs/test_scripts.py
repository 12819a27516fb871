"""Every script gets what its head says, slot by slot."""

import re
from importlib.resources import files
from typing import get_origin

import msgspec
import pytest

from ashao.jobs.codes import EndCode
from ashao.jobs.job import ProducerId
from ashao.jobs.scripts import FailJob, JobScript, Release

CHANNEL = 1  # the first slot of every script, which JobStore fills


@pytest.mark.parametrize("script", JobScript.__subclasses__(), ids=lambda each: each.name)
def test_the_fields_of_a_script_are_its_slots(script: type[JobScript]) -> None:
    """`-- ARGV  2 name, 3 name ...`; `..` after a number means: and all that follow."""
    head, body = _parts((files("ashao.jobs") / "lua" / f"{script.name}.lua").read_text())
    assert _slots(head) == [
        (number, "..", field.name) if get_origin(field.type) is tuple else (number, "", field.name)
        for number, field in enumerate(msgspec.structs.fields(script), CHANNEL + 1)
    ]
    single = {number for number, rest, _ in _slots(head) if not rest}
    assert {int(number) for number in re.findall(r"ARGV\[(\d+)\]", body)} == single
    assert ".." not in [rest for _, rest, _ in _slots(head)[:-1]]


def test_none_is_sent_as_nothing_and_a_list_one_by_one() -> None:
    assert Release(producer=None, attempt=2, counts=0).arguments() == ["", 2, 0]
    a, b = ProducerId("a"), ProducerId("b")
    call = FailJob(condition="any", sentences="{}", code=EndCode.CANCELLED, providers=(a, b))
    assert call.arguments() == ["any", "{}", "cancelled", "a", "b"]


def _parts(text: str) -> tuple[str, str]:
    """The comment at its head, and the rest."""
    lines = text.splitlines()
    end = next(index for index, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[:end]), "\n".join(lines[end:])


def _slots(head: str) -> list[tuple[int, str, str]]:
    """Number, `..` or nothing, name."""
    found = re.search(r"^-- ARGV (.*?)^-- replies", head, re.DOTALL | re.MULTILINE)
    slots = re.findall(r"(?<!\S)(\d+)(\.\.)? (\w+)", found[1]) if found else []
    return [(int(number), rest, name) for number, rest, name in slots]
