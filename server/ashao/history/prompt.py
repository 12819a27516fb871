"""A conversation as turns, a question with its answer, and how much of it fits into a prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ashao.errors import NotFound
from ashao.messages import Message
from ashao_text.history import fit_history

if TYPE_CHECKING:
    from ashao.history import tables


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and, once its job has ended, the answer."""

    question: "tables.Message"
    answer: "tables.Message | None"


def turns_of(messages: "Sequence[tables.Message]") -> list[Turn]:
    """Pair answers with their questions, in the order in which these were asked."""
    answers = {each.job_id: each for each in messages if each.role == "assistant"}
    return [Turn(each, answers.get(each.job_id)) for each in messages if each.role == "user"]


def prompt_of(turns: Sequence[Turn], job_id: str, budget_tokens: int) -> list[Message]:
    """The turns up to the job's question, cut to what fits; `fit_history` says how.

    Turns without any answer are left out. The question itself is always there, however long.
    Raises NotFound when it is not among the turns.
    """
    talk: list[Message] = []
    for turn in turns:
        if turn.question.job_id == job_id:
            return fit_history([*talk, Message("user", turn.question.content)], budget_tokens)
        if turn.answer is not None and turn.answer.content:
            talk.append(Message("user", turn.question.content))
            talk.append(Message("assistant", turn.answer.content))
    raise NotFound("The question was deleted.")
