"""The overlap at a seam: whatever a model does with a prefix, what comes out follows it."""

from unicodedata import normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ashao.providers.continuation import anchor_of
from ashao_text.overlap import LEADERS, REACH, RESTART, RESTART_LINE, OverlapRemover, StartedOver

STORY = (
    "Once upon a time a volunteer lent the graphics card of an old machine to strangers. "
    "Every evening it wrote answers, line by line, until somebody closed the lid of the bro"
)

LETTERS = st.characters(codec="utf-8")
TEXTS = st.text(st.one_of(st.sampled_from("ab .\né́👍🏽日本"), LETTERS), max_size=60)
WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=60).map(" ".join)
CUTS = st.lists(st.integers(0, 400), max_size=8)
FOX = "The quick brown fox jumps over "


def through(prefix: str, text: str, cuts: list[int] | None = None, *, is_asked: bool = True) -> str:
    """The text in pieces that end at the cuts, without what it repeats."""
    overlap = OverlapRemover(prefix, is_asked=is_asked)
    marks = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or [])})
    pieces = [text[a:b] for a, b in zip(marks, marks[1:], strict=False)]
    return "".join([overlap.feed(piece) for piece in pieces]) + overlap.end()


@given(TEXTS, TEXTS, st.lists(st.integers(0, 200), max_size=8))
def test_a_model_that_starts_over_is_joined(prefix: str, rest: str, cuts: list[int]) -> None:
    assume(prefix.strip(LEADERS).strip())
    assert through(prefix, prefix + rest, cuts) == rest


@given(WORDS, TEXTS, st.lists(st.integers(0, 400), max_size=8))
def test_a_model_that_repeats_the_anchor_is_joined(prefix: str, rest: str, cuts: list[int]) -> None:
    anchor = anchor_of(prefix)
    said = anchor + rest
    assume(len(set(anchor)) >= 4 and len(anchor) >= 12)
    longer = range(max(0, len(prefix) - REACH), len(prefix) - len(anchor))
    assume(not any(said.startswith(prefix[begin:]) for begin in longer))
    assert through(prefix, said, cuts) == rest


@given(TEXTS, TEXTS, st.lists(st.integers(0, 200), max_size=8))
def test_cutting_the_text_elsewhere_changes_nothing(
    prefix: str, text: str, cuts: list[int]
) -> None:
    assert through(prefix, text, cuts) == through(prefix, text)


@given(st.text("abcd ", max_size=80), st.text("efgh ", max_size=80))
def test_a_model_that_just_goes_on_is_left_alone(prefix: str, text: str) -> None:
    assert through(prefix, text) == text


@given(TEXTS, TEXTS)
def test_only_a_beginning_is_ever_dropped(prefix: str, text: str) -> None:
    out = through(prefix, text)
    assert text.endswith(out) or normalize("NFD", text).endswith(normalize("NFD", out))


@given(TEXTS, st.text(LETTERS, min_size=2 * REACH, max_size=2 * REACH + 50))
def test_what_is_held_back_is_bounded(prefix: str, text: str) -> None:
    assume(len(text.strip(LEADERS)) == len(text))
    overlap = OverlapRemover(prefix, is_asked=True)
    out = "".join(overlap.feed(letter) for letter in text)
    assert len(text) - len(out) <= max(REACH, len(prefix))


@pytest.mark.parametrize(
    ("prefix", "said", "rest"),
    [
        ("The quick bro", "brown fox", "wn fox"),  # the cut word again
        ("The quick bro", "wn fox", "wn fox"),  # inside the word
        ("The quick brown", " fox", " fox"),
        ("The quick brown ", "fox", "fox"),
        ("The quick brown fox ", "quick brown fox jumps", "jumps"),
        ("The quick brown fox\n\n", "quick brown fox\njumps", "jumps"),
        ("The quick brown fox\n", "quick brown fox\n\njumps", "\njumps"),
        ("The quick brown fox", "…quick brown fox jumps", " jumps"),
        ("The quick brown fox", '"The quick brown fox jumps"', ' jumps"'),
        ("He said ha ha ", "ha ha!", "ha ha!"),  # too little to be a repeat
        ("Title\n----------------\n", "----------------\n", "----------------\n"),
        ("one.\n", "\ntwo", "\ntwo"),
        ("In the cafe", "cafe\u0301 au lait", "\u0301 au lait"),  # the accent is still to come
        ("In the cafe", "café au lait", "\u0301 au lait"),
        ("All is well \U0001f44d", "All is well \U0001f44d\U0001f3fd!", "\U0001f3fd!"),
        ("今日は天気がいい", "天気がいいですね", "ですね"),
        ("Hello", "", ""),
        ("Hello", "Hello", ""),
        ("Hello", "Hell", "Hell"),
        ("...", "...and so on", "...and so on"),
        ("", "Hello", "Hello"),
        ("\n", "Hello", "Hello"),
    ],
)
def test_a_model_that_was_asked_by_example(prefix: str, said: str, rest: str) -> None:
    assert through(prefix, said) == rest
    assert through(prefix, said, list(range(len(said)))) == rest


def test_a_long_answer_started_over_is_joined() -> None:
    assert through(STORY, STORY + "ken machine.", list(range(0, 300, 5))) == "ken machine."


@pytest.mark.parametrize("ending", ["and then something else", ""])
@pytest.mark.parametrize("is_asked", [True, False])
def test_a_model_that_starts_over_differently_cannot_be_joined(ending: str, is_asked: bool) -> None:
    with pytest.raises(StartedOver):
        through(STORY, STORY[: RESTART + 10] + ending, is_asked=is_asked)


def test_the_first_words_in_common_do_not_make_a_new_start() -> None:
    said = STORY[: RESTART - 10] + "—so it began again."
    assert through(STORY, said) == said


def test_words_are_let_out_as_soon_as_they_are_decided() -> None:
    assert OverlapRemover(STORY, is_asked=True).feed("ken machine.") == "ken machine."


@given(TEXTS, TEXTS, CUTS)
def test_of_a_model_that_should_just_go_on_the_whole_is_dropped_or_nothing(
    prefix: str, text: str, cuts: list[int]
) -> None:
    """Its last words may repeat: nobody asked for them."""
    assume(not text.lstrip(LEADERS).startswith(prefix.rstrip().lstrip(LEADERS)[:-1] or "none"))
    assert through(prefix, text, cuts, is_asked=False) == text


@pytest.mark.parametrize(
    ("prefix", "said", "rest"),
    [
        (FOX, "the lazy dog.", "the lazy dog."),
        (FOX, FOX + "the lazy dog.", "the lazy dog."),
        (FOX, FOX.rstrip(), ""),
        (FOX, "The quick end.", "The quick end."),  # a chance likeness
        (FOX, "The quick", "The quick"),
        (FOX, "jumps over the fence", "jumps over the fence"),  # a refrain
        ("Row, row, row your boat, ", "row, row, row your", "row, row, row your"),
        ("The ha", "ha!", "ha!"),
        ("ha ", "ha ha", "ha ha"),  # too short to be a repeat
        ("----------", "----------", "----------"),  # a ruled line goes on
        ("One, two,", "One, two, three", " three"),
        ("今日は", "今日は天気がいい", "今日は天気がいい"),  # three letters
        ("今日は天気", "今日は天気がいい", "がいい"),
    ],
)
def test_a_model_that_should_just_go_on_by_example(prefix: str, said: str, rest: str) -> None:
    for cuts in ([], list(range(len(said))), list(range(0, len(said), 3))):
        assert through(prefix, said, cuts, is_asked=False) == rest


@pytest.mark.parametrize("is_asked", [True, False])
def test_after_a_line_the_next_one_may_begin_as_the_first_did(is_asked: bool) -> None:
    line = "INSERT INTO people (name, age) VALUES ('ann', 41);\n"
    more = line.replace("ann", "bob").replace("41", "42")
    assert RESTART < line.index("ann") < RESTART_LINE
    assert through(line, more, is_asked=is_asked) == more
    with pytest.raises(StartedOver):
        through(line + "-- and", more, is_asked=is_asked)


def test_text_is_held_back_no_longer_than_needed() -> None:
    overlap = OverlapRemover(FOX, is_asked=False)
    assert [overlap.feed(piece) for piece in ("Th", "us", "!")] == ["", "Thus", "!"]
