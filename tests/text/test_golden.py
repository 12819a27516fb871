"""What is done with text is what JavaScript does with it: the cases of this folder, read by both.

tests/pyodide/bridge/text.test.mjs, the other reader, says what the cases' words mean.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ashao_text.characters import Characters
from ashao_text.history import fit_history, fit_window, history_budget
from ashao_text.stop_strings import StopStrings
from ashao_text.tokens import estimated_tokens

type Case = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A message of so many letters."""

    role: str
    content: str


def cases_of(name: str) -> list[Any]:
    cases = json.loads(Path(__file__).with_name(f"{name}.json").read_text())
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", cases_of("characters"))
def test_characters(case: Case) -> None:
    whole = Characters()
    pieces = [whole.feed(chunk) for chunk in case["chunks"]]
    assert {"pieces": pieces, "rest": whole.end()} == case["expected"]


@pytest.mark.parametrize("case", cases_of("stops"))
def test_stop_strings(case: Case) -> None:
    stops = StopStrings(case["stops"])
    pieces = [stops.feed(chunk) for chunk in case["chunks"]]
    found = {"pieces": pieces, "rest": stops.end(), "isOver": stops.is_over}
    assert found == case["expected"]


@pytest.mark.parametrize("case", cases_of("history"))
def test_history(case: Case) -> None:
    talk = [Said(each["role"], "x" * each["size"]) for each in case["messages"]]
    prefix = [each for each in talk[-1:] if each.role == "assistant"]
    history = talk[: len(talk) - len(prefix)]
    window, most, expected = case["windowTokens"], case["maxTokens"], case["expected"]
    budget = history_budget(window, most, estimated_tokens(prefix))
    fitted = fit_history(history, budget)
    staying = [_index(talk, each) for each in (*fitted, *prefix)]
    assert (budget, staying) == (expected["budgetTokens"], expected["indices"])
    assert (estimated_tokens(fitted) <= budget) == expected["fits"]
    assert fit_window(talk, window, most) == [*fitted, *prefix]


def _index(talk: list[Said], message: Said) -> int:
    """Where this very message stands: others may be equal to it."""
    return next(at for at, each in enumerate(talk) if each is message)
