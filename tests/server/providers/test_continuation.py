"""How a model is asked in words to go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ashao.messages import Message
from ashao.providers.continuation import ANCHOR, anchor_of, with_continue_instruction

STORY = (
    "Once upon a time a volunteer lent the graphics card of an old machine to strangers. "
    "Every evening it wrote answers, line by line, until somebody closed the lid of the bro"
)

LETTERS = st.characters(codec="utf-8")
TEXTS = st.text(st.one_of(st.sampled_from("ab .\né́👍🏽日本"), LETTERS), max_size=60)
WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=60).map(" ".join)


def test_the_request_to_continue_quotes_the_last_words() -> None:
    question = [Message("user", "A story, please.")]
    asked = with_continue_instruction([*question, Message("assistant", STORY)])
    assert asked[:2] == [*question, Message("assistant", STORY)]
    assert asked[2].role == "user"
    assert anchor_of(STORY) in asked[2].content


@pytest.mark.parametrize("prefix", ["", " ", "…\n"])
def test_a_prefix_without_words_is_no_reason_to_ask(prefix: str) -> None:
    question = [Message("user", "A story, please.")]
    assert with_continue_instruction([*question, Message("assistant", prefix)]) == question


def test_messages_without_a_prefix_stay_as_they_are() -> None:
    question = [Message("user", "A story, please.")]
    assert with_continue_instruction(question) == question
    assert with_continue_instruction([]) == []


@given(TEXTS, WORDS)
def test_the_anchor_is_an_end_of_the_prefix_and_short(odd: str, words: str) -> None:
    for prefix in (odd, words, odd * 9):
        anchor = anchor_of(prefix)
        assert prefix.rstrip().endswith(anchor)
        assert len(anchor) <= ANCHOR
        assert anchor or not prefix.strip()
