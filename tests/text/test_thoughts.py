"""Thoughts before an answer are left out, however the text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ashao_text.thoughts import ThoughtRemover

CASES = {
    "The answer is 4.": "The answer is 4.",
    "<think>2 and 2 ...</think>\n\nThe answer is 4.": "The answer is 4.",
    "\n<think></think>4": "4",
    "<think>never an end": "",
    "<think>a</think>4 <think>b</think>": "4 <think>b</think>",
    "Say <think> and </think>.": "Say <think> and </think>.",
    "<thinker> is a word": "<thinker> is a word",
    "<th": "<th",
    "  indented": "  indented",
    "": "",
}


@pytest.mark.parametrize(("text", "answer"), CASES.items())
@given(cuts=some.lists(some.integers(0, 60), max_size=8))
def test_an_answer_begins_after_its_thoughts(text: str, answer: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    remover = ThoughtRemover()
    said = "".join(
        remover.feed(text[begin:end]) for begin, end in zip(places, places[1:], strict=False)
    )
    assert said + remover.end() == answer
