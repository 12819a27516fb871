"""A job's text as a program gets it: words, and calls of tools in a form of their own.

The text itself has the calls in it, so that any machine can go on with it.
"""

from hashlib import sha256
from typing import Any

from ashao.api.openai.tool_schemas import CalledFunction, ToolCall
from ashao.jobs.job import JobId
from ashao_text.tools.description import Tools
from ashao_text.tools.splitter import Arguments, Call, CallSplitter, Part, Words

ID_LETTERS = 24


def call_id(job_id: JobId, index: int) -> str:
    """The name of a job's call, the same whoever reads it, and whoever wrote it."""
    return "call_" + sha256(f"{job_id}/{index}".encode()).hexdigest()[:ID_LETTERS]


class AnswerParts:
    """Feed it a job's text; it tells words and calls apart, as deltas and as a whole.

    Without tools all of it is words, and nothing is held back.
    """

    def __init__(self, job_id: JobId, tools: Tools | None) -> None:
        self._job_id = job_id
        self._splitter = None
        if tools is not None:
            self._splitter = CallSplitter([each.name for each in tools.functions])
            self._splitter.feed(tools.beginning)
        self._words: list[str] = []
        self.calls: list[ToolCall] = []

    @property
    def words(self) -> str:
        """All words so far."""
        return "".join(self._words)

    def feed(self, text: str) -> list[dict[str, Any]]:
        """The deltas of a piece of text."""
        parts = self._splitter.feed(text) if self._splitter else [Words(text)]
        return [self._delta(each) for each in parts]

    def end(self) -> list[dict[str, Any]]:
        """The deltas of what was held back, at the end."""
        return [self._delta(each) for each in self._splitter.end()] if self._splitter else []

    def _delta(self, part: Part) -> dict[str, Any]:
        match part:
            case Words(text):
                self._words.append(text)
                return {"content": text}
            case Call(name):
                return {"tool_calls": [self._begin(name)]}
            case Arguments(text):
                called = self.calls[-1].function
                called.arguments += text
                index = len(self.calls) - 1
                return {"tool_calls": [{"index": index, "function": {"arguments": text}}]}

    def _begin(self, name: str) -> dict[str, Any]:
        index = len(self.calls)
        call = ToolCall(call_id(self._job_id, index), CalledFunction(name, ""))
        self.calls.append(call)
        function = {"name": name, "arguments": ""}
        return {"index": index, "id": call.id, "type": call.type, "function": function}
