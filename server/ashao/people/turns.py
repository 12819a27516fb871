"""A conversation as turns, a question with its answer, and how much of it fits into a prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ashao.errors import NotFound
from ashao.people.tables import Message

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message as a producer gets it."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and, once its job has ended, the answer."""

    question: Message
    answer: Message | None


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """Pair answers with their questions, in the order in which these were asked."""
    answers = {each.job_id: each for each in messages if each.role == "assistant"}
    return [Turn(each, answers.get(each.job_id)) for each in messages if each.role == "user"]


def prompt_of(turns: Sequence[Turn], job_id: str, budget_tokens: int) -> list[PromptMessage]:
    """The turns up to the job's question, cut to what fits.

    Whole turns are dropped from the oldest on, so the first message left is a question; a token
    is taken for four characters; turns without any answer are left out. The question itself is
    always there, however long. Raises NotFound when it is not among the turns.
    """
    asked = [i for i, turn in enumerate(turns) if turn.question.job_id == job_id]
    if not asked:
        raise NotFound("The question was deleted.")
    position = asked[0]
    question = turns[position].question.content
    kept: list[PromptMessage] = [PromptMessage("user", question)]
    left = budget_tokens * CHARACTERS_PER_TOKEN - len(question)
    for turn in reversed(turns[:position]):
        if turn.answer is None or not turn.answer.content:
            continue
        left -= len(turn.question.content) + len(turn.answer.content)
        if left < 0:
            break
        kept[:0] = [
            PromptMessage("user", turn.question.content),
            PromptMessage("assistant", turn.answer.content),
        ]
    return kept
