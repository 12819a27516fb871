"""A text that was cut inside a character is read with a mark in that place."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ashao.api.http.json_body import with_whole_characters
from tests.support.chat_client import ChatClient

UNITS = st.lists(
    st.one_of(
        st.sampled_from([0xD800, 0xD83D, 0xDBFF, 0xDC00, 0xDE00, 0xDFFF, ord("\\"), ord("u")]),
        st.integers(0, 0xFFFF),
    )
)


@given(UNITS)
def test_any_units_of_utf_16_are_read(units: list[int]) -> None:
    """Pairs are kept, and so is text that only looks like an escape; halves are replaced."""
    text = "".join(map(chr, units))
    body = json.dumps({"text": text, text: 1}).encode()
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    read = msgspec.json.decode(with_whole_characters(body))
    assert read.pop("text", None) in (whole, 1)
    assert not read or read == {whole: 1}


async def test_a_question_with_half_a_character_is_sent(person: ChatClient) -> None:
    headers = {"content-type": "application/json"}
    body = b'{"content":"cut here: \\ud83d"}'
    reply = await person.http.post("/api/chat/send", content=body, headers=headers)
    assert reply.status_code == 201, reply.text
    conversation = reply.json()["conversationId"]
    kept = (await person.http.get(f"/api/conversations/{conversation}")).json()
    assert kept["messages"][0]["content"] == "cut here: \N{REPLACEMENT CHARACTER}"
