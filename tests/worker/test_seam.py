"""Where a continuation meets its prefix."""

import pytest

from ashao_worker.seam import BeganAnew, Seam

PREFIX = "The quick brown fox jumps over "


def joined(prefix: str, output: str, size: int = 3) -> str:
    seam = Seam(prefix)
    pieces = [output[at : at + size] for at in range(0, len(output), size)]
    return "".join(seam.feed(piece) for piece in pieces) + seam.end()


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_true_continuation_is_untouched(size: int) -> None:
    assert joined(PREFIX, "the lazy dog.", size) == "the lazy dog."


@pytest.mark.parametrize("size", [1, 3, 100])
def test_an_answer_begun_anew_is_cut_to_what_is_new(size: int) -> None:
    assert joined(PREFIX, PREFIX + "the lazy dog.", size) == "the lazy dog."


def test_a_chance_likeness_is_kept() -> None:
    assert joined(PREFIX, "The quick end.") == "The quick end."
    assert joined(PREFIX, "The quick") == "The quick"


def test_a_short_prefix_is_never_taken_for_a_repeat() -> None:
    assert joined("ha ", "ha ha") == "ha ha"


def test_another_answer_cannot_be_joined() -> None:
    with pytest.raises(BeganAnew):
        joined(PREFIX, "The quick brown fox jumps under it.")


def test_a_repeat_that_ends_early_adds_nothing() -> None:
    assert joined(PREFIX, PREFIX[:-2]) == ""


def test_text_is_held_back_no_longer_than_needed() -> None:
    seam = Seam(PREFIX)
    assert seam.feed("Th") == ""
    assert seam.feed("us") == "Thus"
    assert seam.feed("!") == "!"
