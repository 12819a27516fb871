"""Thoughts before an answer and the answer are told apart, however the text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ashao_text.thoughts import Parted, ThoughtSplitter

CASES = {
    "The answer is 4.": ("", "The answer is 4."),
    "<think>2 and 2 ...</think>\n\nThe answer is 4.": ("2 and 2 ...", "The answer is 4."),
    "\n<think>\nHm.\n\nWell.\n</think>\n4\n": ("Hm.\n\nWell.", "4\n"),
    "\n<think></think>4": ("", "4"),
    "<think>never an end": ("never an end", ""),
    "<think>an end that is cut </thin": ("an end that is cut </thin", ""),
    "<think>a < b, </think >, </th": ("a < b, </think >, </th", ""),
    "<think>a</think>4 <think>b</think>": ("a", "4 <think>b</think>"),
    "<think>a</think>": ("a", ""),
    "Say <think> and </think>.": ("", "Say <think> and </think>."),
    "<thinker> is a word": ("", "<thinker> is a word"),
    "<th": ("", "<th"),
    "  indented": ("", "  indented"),
    "": ("", ""),
}


def parted(text: str, cuts: list[int]) -> Parted:
    """All that the splitter says of the text, which comes in pieces."""
    splitter = ThoughtSplitter()
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    found = [splitter.feed(text[a:b]) for a, b in zip(places, places[1:], strict=False)]
    found.append(splitter.end())
    return Parted("".join(each.thought for each in found), "".join(each.answer for each in found))


@pytest.mark.parametrize(("text", "expected"), CASES.items())
@given(cuts=some.lists(some.integers(0, 60), max_size=8))
def test_an_answer_begins_after_its_thoughts(
    text: str, expected: tuple[str, str], cuts: list[int]
) -> None:
    assert parted(text, cuts) == Parted(*expected)


WORDS = some.lists(some.sampled_from(["<think>", "</think>", "</th", "<", "a", " ", "\n"]))


@given(words=WORDS, cuts=some.lists(some.integers(0, 60), max_size=8))
def test_any_text_is_the_same_in_any_pieces(words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    assert parted(text, cuts) == parted(text, [])


def test_thoughts_are_told_as_they_come() -> None:
    """Not only at their end: somebody watches."""
    splitter = ThoughtSplitter()
    assert splitter.feed("<think>Two ") == Parted(thought="Two")
    assert splitter.feed("and two") == Parted(thought=" and two")
