"""An engine's server that refuses a question is asked in another way, if there is one."""

from hypothesis import given, settings
from hypothesis import strategies as some

from ashao_worker.core.wire import Message, Params
from ashao_worker.engines.refusals import EngineServerError
from tests.worker.test_openai_engine import QUESTION, Lines, pieces, said


async def test_a_template_that_wants_turns_gets_them() -> None:
    strict = [EngineServerError(400, "roles must alternate")] * 2
    lines = Lines(said("Hi."), refusals=strict)
    messages = [
        Message("system", "Be brief."),
        *QUESTION,
        Message("user", "Now."),
        Message("assistant", "One"),
        Message("system", "On."),
    ]
    await pieces(lines, messages)
    assert lines.bodies[-1]["messages"] == [
        {"role": "user", "content": "Be brief.\n\nCount.\n\nNow."},
        {"role": "assistant", "content": "One"},
        {"role": "user", "content": "On."},
    ]


@settings(deadline=None)
@given(some.sampled_from(["temperature", "top_p", "seed", "stop", "max_tokens"]))
async def test_a_field_that_the_server_refuses_is_left_out(name: str) -> None:
    params = Params(temperature=1, top_p=1, seed=1, stop=("x",), max_tokens=9)
    lines = Lines(said("Hi."), refusals=[EngineServerError(422, f"{name}: not permitted")] * 2)
    await pieces(lines, params=params)
    assert lines.bodies[0].keys() - lines.bodies[-1].keys() == {name, "timings_per_token"}


async def test_an_answer_that_may_be_longer_than_the_window_is_cut_there() -> None:
    words = "This model's maximum context length is 4096 tokens. However, you requested 32012."
    lines = Lines(said("Hi."), refusals=[EngineServerError(400, words)])
    await pieces(lines, params=Params(max_tokens=32_000))
    assert ["max_tokens" in body for body in lines.bodies] == [True, False]
