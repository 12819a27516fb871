"""The tables of what people keep; `store/migrations` makes them."""

from datetime import datetime
from typing import NewType

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ashao.history.written_by import WrittenBy
from ashao.identity.owners import OwnerId
from ashao.store.tables import Base, UtcTime

ConversationId = NewType("ConversationId", str)


class Conversation(Base):
    """One conversation; its owner is an account or an anonymous session, by id."""

    __tablename__ = "conversation"

    id: Mapped[ConversationId] = mapped_column(String(32), primary_key=True)
    owner_id: Mapped[OwnerId] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(200))
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Message(Base):
    """A question, or the answer that its job gave; the two are joined by the job's id."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("job_id", "role"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[ConversationId] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    job_id: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str | None] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(String(200))
    machines: Mapped[int | None] = mapped_column(Integer)

    @property
    def written_by(self) -> WrittenBy | None:
        """Who wrote an answer, if that is known."""
        if self.kind is None or self.model is None or self.machines is None:
            return None
        return WrittenBy(self.kind, self.model, self.machines)
