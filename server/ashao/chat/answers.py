"""An ended job's answer is kept beside its question, by whoever needs it there first."""

from typing import TYPE_CHECKING

from ashao.history import saving
from ashao.history.tables import ConversationId
from ashao.history.written_by import WrittenBy
from ashao.jobs.codes import EndCode
from ashao.jobs.job import JobView, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ashao.jobs.read import EndedJob


def keep_answer(connection: "Connection", ended: "EndedJob") -> None:
    """Keep it if somebody keeps the question and it was not kept before."""
    job, text = ended.job, ended.text
    if job.conversation_id is not None and text is not None:
        saving.save_answer(
            connection,
            ConversationId(job.conversation_id),
            job.id,
            answer_status(job),
            text,
            written_by(job),
        )


def written_by(job: JobView) -> WrittenBy | None:
    """Who wrote its answer; None of one without a word, and where nobody said."""
    writers = [each for each in job.contributions if each.tokens > 0]
    last = writers[-1] if writers else None
    if last is None or last.home is None:
        return None
    return WrittenBy(last.home, last.model, len({each.producer_id for each in writers}))


def answer_status(job: JobView) -> str:
    """How the answer is kept: whole, cut short by its reader, or broken off."""
    if job.status is Status.DONE:
        return "done"
    return "cancelled" if job.error == EndCode.CANCELLED else "failed"
