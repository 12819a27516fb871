"""What people and services see of a native worker."""

import io
import json

from ashao_worker.core.report import Registered, State, StateChanged, Stats
from ashao_worker.core.wire import WorkerId
from ashao_worker.homes.terminal import JsonLog, StatusLine


def test_the_status_line_tells_state_and_figures() -> None:
    line = StatusLine("llama at x")
    line.take(StateChanged(State.WORKING))
    line.take(Stats(3, 512, 21.34))
    assert line.text == "[cyan]working[/] · llama at x · 3 jobs · 512 tokens · 21.3 tokens/s"


def test_a_sentence_takes_the_place_of_what_is_donated() -> None:
    line = StatusLine("llama")
    line.take(StateChanged(State.ERROR, "The server [x] does not answer."))
    assert "The server \\[x] does not answer." in line.text
    assert "llama" not in line.text


def test_the_log_is_one_json_object_a_line_without_the_secret() -> None:
    stream = io.StringIO()
    log = JsonLog(stream)
    log(Registered(WorkerId("w1"), "secret"))
    log(Stats(1, 2, 3.0))
    registered, stats = map(json.loads, stream.getvalue().splitlines())
    assert registered.pop("time") > 0
    assert registered == {"event": "registered", "workerId": "w1"}
    assert (stats["jobsDone"], stats["tokens"], stats["tokensPerSecond"]) == (1, 2, 3.0)
