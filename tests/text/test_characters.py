"""Characters cut in half on the wire come out whole."""

from hypothesis import given
from hypothesis import strategies as st

from ashao_text.characters import Characters, encodable


@given(st.text(), st.lists(st.integers(0, 300), max_size=6))
def test_text_cut_between_any_code_units_comes_out_whole(text: str, cuts: list[int]) -> None:
    units = text.encode("utf-16-le")
    marks = sorted({0, len(units), *(cut * 2 % (len(units) + 2) for cut in cuts)})
    whole = Characters()
    out = ""
    for begin, end in zip(marks, marks[1:], strict=False):
        piece = whole.feed(units[begin:end].decode("utf-16-le", "surrogatepass"))
        piece.encode()
        out += piece
    assert out + whole.end() == text


@given(st.text(st.characters()))
def test_anything_becomes_encodable(text: str) -> None:
    assert len(encodable(text).encode()) >= len(encodable(text))


def test_a_lone_half_becomes_a_replacement_character() -> None:
    whole = Characters()
    assert whole.feed("a\udc00b\ud83d") == "a\ufffdb"
    assert whole.feed("c") == "\ufffdc"
    assert whole.feed("\ud83d") == ""
    assert whole.end() == "\ufffd"
    assert whole.end() == ""
