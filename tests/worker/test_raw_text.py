"""A raw text is gone on from as it is, unless the engine's server can only chat."""

import json

import pytest

from ashao_worker.core.wire import Claim, Message, Params
from ashao_worker.engines.refusals import EngineServerError
from tests.worker.test_openai_engine import Lines, failure, pieces, said
from tests.worker.test_wire import golden

TEXT = [Message("user", "Once upon")]
RAW = Params(raw=True, max_tokens=9)


def written(*texts: str) -> list[str]:
    chunks: list[dict[str, object]] = [{"text": text, "finish_reason": None} for text in texts]
    chunks.append({"text": "", "finish_reason": "stop"})
    lines = [f"data: {json.dumps({'choices': [each]})}" for each in chunks]
    return [*lines, "data: [DONE]"]


async def test_it_is_sent_without_any_template() -> None:
    lines = Lines(written(" a", " time"))
    found = await pieces(lines, [*TEXT, Message("assistant", " all")], RAW)
    assert "".join(each.text for each in found) == " a time"
    assert lines.paths == ["/completions"]
    assert lines.bodies[0]["prompt"] == "Once upon all"
    assert lines.bodies[0]["max_tokens"] == 9
    assert not {"messages", "raw"} & lines.bodies[0].keys()


@pytest.mark.parametrize("status", [400, 404, 405, 501])
async def test_a_server_that_can_only_chat_gets_a_turn(status: int) -> None:
    refusals = [EngineServerError(status, "no such thing")] * (2 if status == 400 else 1)
    lines = Lines(said(" a time"), refusals=refusals)
    assert "".join(each.text for each in await pieces(lines, TEXT, RAW)) == " a time"
    assert lines.paths[-1] == "/chat/completions"
    assert lines.bodies[-1]["messages"] == [{"role": "user", "content": "Once upon"}]
    assert "raw" not in lines.bodies[-1]


async def test_a_chat_that_is_not_there_is_an_error_as_ever() -> None:
    assert await failure(Lines([], refusals=[EngineServerError(404, "")])) == "engine_error"


def test_it_is_in_the_claim() -> None:
    claim = Claim.from_json(golden("claim")[3]["reply"])
    assert claim is not None
    assert claim.params == Params(max_tokens=9, raw=True)
