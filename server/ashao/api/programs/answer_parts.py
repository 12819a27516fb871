"""A job's text as a program gets it: words, and calls of tools in a form of their own.

The text itself has the calls in it, so that any machine can go on with it.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from ashao.jobs.job import JobId
from ashao_text.tools.description import Tools
from ashao_text.tools.splitter import Arguments, Call, CallSplitter, Words
from ashao_text.tools.splitter import Part as Split

ID_LETTERS = 24


@dataclass(slots=True)
class MadeCall:
    """A call; its id is the same whoever reads it, `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class CallBegins:
    """The call at this index begins."""

    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CallGoesOn:
    """More of its arguments."""

    index: int
    text: str


type Part = Words | CallBegins | CallGoesOn


def call_id(job_id: JobId, index: int) -> str:
    """The name of a job's call, the same whoever reads it, and whoever wrote it."""
    return "call_" + sha256(f"{job_id}/{index}".encode()).hexdigest()[:ID_LETTERS]


class AnswerParts:
    """Feed it a job's text; it tells words and calls apart, as they come and as a whole.

    Without tools all of it is words, and nothing is held back.
    """

    def __init__(self, job_id: JobId, tools: Tools | None) -> None:
        self._job_id = job_id
        self._splitter = None
        if tools is not None:
            self._splitter = CallSplitter([each.name for each in tools.functions])
            self._splitter.feed(tools.beginning)
        self._words: list[str] = []
        self.calls: list[MadeCall] = []

    @classmethod
    def of(cls, job_id: JobId, tools: Tools | None, text: str) -> Self:
        """Those of a whole text."""
        parts = cls(job_id, tools)
        parts.feed(text)
        parts.end()
        return parts

    @property
    def words(self) -> str:
        """All words so far."""
        return "".join(self._words)

    def feed(self, text: str) -> list[Part]:
        """The parts of a piece of text."""
        parts = self._splitter.feed(text) if self._splitter else [Words(text)]
        return [self._part(each) for each in parts]

    def end(self) -> list[Part]:
        """The parts of what was held back, at the end."""
        return [self._part(each) for each in self._splitter.end()] if self._splitter else []

    def _part(self, part: Split) -> Part:
        match part:
            case Words(text):
                self._words.append(text)
                return part
            case Call(name):
                index = len(self.calls)
                call = MadeCall(call_id(self._job_id, index), name)
                self.calls.append(call)
                return CallBegins(index, call.id, name)
            case Arguments(text):
                self.calls[-1].arguments += text
                return CallGoesOn(len(self.calls) - 1, text)
