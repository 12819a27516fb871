"""The seam: whatever a model does with a prefix, what comes out is exactly what follows it."""

from unicodedata import normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ashao.providers.continuation import (
    ANCHOR,
    LEADERS,
    REACH,
    RESTART,
    Seam,
    anchor_of,
    instructed,
)
from ashao.providers.failures import Failure, ProviderError
from ashao.providers.provider import Message

STORY = (
    "Once upon a time a volunteer lent the graphics card of an old machine to strangers. "
    "Every evening it wrote answers, line by line, until somebody closed the lid of the bro"
)

LETTERS = st.characters(codec="utf-8")
TEXTS = st.text(st.one_of(st.sampled_from("ab .\né́👍🏽日本"), LETTERS), max_size=60)
WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=60).map(" ".join)


def through(prefix: str, text: str, cuts: list[int] | None = None) -> str:
    """The text through a seam, in pieces that end at the cuts."""
    seam = Seam(prefix)
    marks = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or [])})
    pieces = [text[a:b] for a, b in zip(marks, marks[1:], strict=False)]
    return "".join([seam.feed(piece) for piece in pieces]) + seam.end()


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
    seam = Seam(prefix)
    out = "".join(seam.feed(letter) for letter in text)
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
def test_the_seam_by_example(prefix: str, said: str, rest: str) -> None:
    assert through(prefix, said) == rest
    assert through(prefix, said, list(range(len(said)))) == rest


def test_a_long_answer_started_over_is_joined() -> None:
    assert through(STORY, STORY + "ken machine.", list(range(0, 300, 5))) == "ken machine."


@pytest.mark.parametrize("ending", ["and then something else", ""])
def test_a_model_that_starts_over_differently_is_a_broken_stream(ending: str) -> None:
    with pytest.raises(ProviderError) as caught:
        through(STORY, STORY[: RESTART + 10] + ending)
    assert caught.value.code is Failure.BROKEN_STREAM


def test_the_first_words_in_common_do_not_make_a_new_start() -> None:
    said = STORY[: RESTART - 10] + "—so it began again."
    assert through(STORY, said) == said


def test_words_are_let_out_as_soon_as_they_are_decided() -> None:
    assert Seam(STORY).feed("ken machine.") == "ken machine."


def test_the_request_to_continue_quotes_the_last_words() -> None:
    question = [Message("user", "A story, please.")]
    asked = instructed([*question, Message("assistant", STORY)])
    assert asked[:2] == [*question, Message("assistant", STORY)]
    assert asked[2].role == "user"
    assert anchor_of(STORY) in asked[2].content


@pytest.mark.parametrize("prefix", ["", " ", "…\n"])
def test_a_prefix_without_words_is_no_reason_to_ask(prefix: str) -> None:
    question = [Message("user", "A story, please.")]
    assert instructed([*question, Message("assistant", prefix)]) == question


def test_messages_without_a_prefix_stay_as_they_are() -> None:
    question = [Message("user", "A story, please.")]
    assert instructed(question) == question
    assert instructed([]) == []


@given(TEXTS, WORDS)
def test_the_anchor_is_an_end_of_the_prefix_and_short(odd: str, words: str) -> None:
    for prefix in (odd, words, odd * 9):
        anchor = anchor_of(prefix)
        assert prefix.rstrip().endswith(anchor)
        assert len(anchor) <= ANCHOR
        assert anchor or not prefix.strip()
