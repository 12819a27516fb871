"""An engine that recites: for tests and exact answers. It behaves as a real one does."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from ashao_text.finish import Finish
from ashao_text.grammar.machine import accepts
from ashao_worker.core.engine import EngineCode, EngineError, Piece
from ashao_worker.core.environment import Environment
from ashao_worker.core.structure import remaining_grammar
from ashao_worker.core.wire import Message, Params


class ScriptedEngine:
    """Says `answer`, `piece_characters` at a time, one token every `token_ms`.

    It continues a prefix, honours `max_tokens` and `stop`, and fails with `error` after
    `error_after` pieces. Before it speaks it thinks: `silent_pieces`, then `thoughts` aloud.
    `open_streams` and `interrupted` let a test see that nothing is left.
    """

    def __init__(
        self,
        environment: Environment,
        answer: str,
        *,
        model: str = "scripted",
        context_tokens: int | None = None,
        piece_characters: int = 4,
        token_ms: float = 20,
        error: str | None = None,
        error_after: int = 0,
        abilities: tuple[str, ...] = (),
    ) -> None:
        self.name: str | None = "scripted"
        self.model = model
        self.abilities = abilities
        self.context_tokens = context_tokens
        self.error = error
        self.silent_pieces = 0
        self.thoughts = ""
        self.open_streams = 0
        self.interrupted = 0
        self._environment = environment
        self._answer = answer
        self.piece_characters = piece_characters
        self._token_ms = token_ms
        self._error_after = error_after

    async def stream(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Piece, None]:
        """Recite the rest of the answer; raises EngineError when told to."""
        self.open_streams += 1
        is_whole = False
        try:
            thoughts = [Piece("", 1)] * self.silent_pieces + self._cut(self.thoughts, True)
            for number, piece in enumerate(thoughts + self._pieces(messages, params)):
                self._fail_if_due(number)
                await self._environment.sleep(self._token_ms / 1000)
                yield piece
            yield Piece("", 0, finish=self._finish(messages, params))
            is_whole = True
        finally:
            self.open_streams -= 1
            self.interrupted += not is_whole

    def _fail_if_due(self, number: int) -> None:
        if self.error is not None and number >= self._error_after:
            raise EngineError(self.error)

    def _pieces(self, messages: Sequence[Message], params: Params) -> list[Piece]:
        rest = self._rest(messages, params)
        for stop in params.stop or ():
            rest = rest.partition(stop)[0]
        return self._cut(rest)[: params.max_tokens]

    def _cut(self, text: str, is_thought: bool = False) -> list[Piece]:
        size = self.piece_characters
        return [Piece(text[at : at + size], 1, is_thought) for at in range(0, len(text), size)]

    def _finish(self, messages: Sequence[Message], params: Params) -> Finish:
        uncut = self._pieces(messages, replace(params, max_tokens=None))
        return "length" if len(self._pieces(messages, params)) < len(uncut) else "stop"

    def _rest(self, messages: Sequence[Message], params: Params) -> str:
        """What is left to say after the prefix."""
        if not messages:
            raise EngineError(EngineCode.BAD_REQUEST, "There are no messages.")
        prefix = messages[-1].content if messages[-1].role == "assistant" else ""
        if not self._answer.startswith(prefix):
            raise EngineError(EngineCode.BAD_REQUEST, "This prefix is not of the script.")
        rest = self._answer[len(prefix) :]
        if params.json_schema is not None:
            self._require_in_form(rest, messages, params)
        return rest

    def _require_in_form(self, rest: str, messages: Sequence[Message], params: Params) -> None:
        """A real engine would say something else; this one can only fail."""
        grammar = remaining_grammar(messages, params)
        if grammar is not None and not accepts(grammar, rest):
            raise EngineError(EngineCode.ENGINE_ERROR, "The script breaks the schema.")
