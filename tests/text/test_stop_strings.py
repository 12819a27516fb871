"""Stop strings: the text ends before the first, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ashao_text.stop_strings import StopStrings

FEW = st.text("ab", max_size=12)
STOPS = st.lists(st.text("ab", min_size=1, max_size=4), max_size=3)


def told(stops: list[str], pieces: list[str], prefix: str = "") -> str:
    """What is let through, with a check that nothing comes after the end."""
    filter_ = StopStrings(stops, prefix)
    out = "".join([filter_.feed(piece) for piece in pieces]) + filter_.end()
    assert filter_.end() == ""
    return out


def expected(stops: list[str], text: str, prefix: str) -> str:
    """Letter by letter: the first stop string that is complete in new text ends it."""
    for end in range(len(prefix) + 1, len(prefix) + len(text) + 1):
        said = (prefix + text)[:end]
        lengths = [len(stop) for stop in stops if said.endswith(stop)]
        if lengths:
            return said[len(prefix) : max(len(prefix), end - max(lengths))]
    return text


@given(STOPS, st.lists(FEW, max_size=6), FEW)
def test_it_is_what_a_reader_letter_by_letter_would_do(
    stops: list[str], pieces: list[str], prefix: str
) -> None:
    assert told(stops, pieces, prefix) == expected(stops, "".join(pieces), prefix)


@pytest.mark.parametrize(
    ("stops", "pieces", "prefix", "out"),
    [
        (["END"], ["one E", "N", "D two"], "", "one "),
        (["END"], ["one E", "N"], "", "one EN"),  # never came
        (["END"], ["D two"], "one EN", ""),  # across the seam
        (["END"], [" two"], "one END", " two"),  # said by another, long ago
        (["\n\n"], ["\nmore"], "a line\n", ""),
        (["👍🏽"], ["well 👍", "🏽 done"], "", "well "),
        (["abc", "b"], ["abc"], "", "a"),  # the one that ends first
        (["", "x"], ["yx"], "", "y"),
        ([], ["all"], "of it", "all"),
    ],
)
def test_stops_by_example(stops: list[str], pieces: list[str], prefix: str, out: str) -> None:
    assert told(stops, pieces, prefix) == out


def test_text_that_cannot_begin_a_stop_string_is_not_held_back() -> None:
    assert StopStrings(["END"]).feed("one two E") == "one two "


def test_it_says_when_it_is_over() -> None:
    stops = StopStrings(["END"])
    stops.feed("EN")
    assert not stops.is_over
    stops.feed("D")
    assert stops.is_over
    assert stops.feed("more") == ""
