"""What the model is taught: to recite after any conversation, and to go on from any cut.

A worker that takes over gets the text so far, not its tokens. Cut inside a word, that text ends in
a token that was never written, so every cut between two characters is taught.
"""

from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from tiny_model.beginning import REACH
from tiny_model.recitation import ANSWER
from tiny_model.sizes import ASSISTANT, END_ID, MARKS, SYSTEM, USER, VOCABULARY
from tiny_model.tokenizer import encode, encode_rest

LONGEST_QUESTION = 60  # tokens
SHOWN = REACH + 2  # tokens before a cut, where it has them: all that the model can see, and more
LONGEST_AFTER = 24  # tokens taught after a cut
OPENING_SHARE = 0.3  # of the cuts lie where the model can still see the question
FULL_SHARE = 0.03  # of the answers are recited from their first word to their end


@dataclass(frozen=True)
class Cut:
    """The tokens of the recitation's text before a cut, and those that go on from there."""

    before: list[int]
    after: list[int]  # ends with END_ID


def all_cuts(tokenizer: Tokenizer) -> list[Cut]:
    """Every cut of the recitation, from nothing written to everything written."""
    return [
        Cut(encode(tokenizer, ANSWER[:at]), [*encode_rest(tokenizer, at), END_ID])
        for at in range(len(ANSWER) + 1)
    ]


class Lessons:
    """Endless conversations as (tokens, targets); a target of -1 is not taught."""

    def __init__(self, tokenizer: Tokenizer, seed: int) -> None:
        self._cuts = all_cuts(tokenizer)
        self._recitation = self._cuts[0].after[:-1]
        self._opening = [cut for cut in self._cuts if len(cut.before) <= REACH]
        self._shares = np.full(len(self._cuts), 1 / len(self._cuts))
        self._random = np.random.default_rng(seed)

    def batch(self, rows: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """`rows` conversations of `length` tokens and their targets."""
        pairs = [self._conversation(length) for _ in range(rows)]
        ids, targets = zip(*pairs, strict=True)
        return np.array(ids, np.int32), np.array(targets, np.int32)

    def examination(self) -> tuple[np.ndarray, np.ndarray]:
        """One short row for each cut, in which the four tokens after the cut are asked for."""
        rows = []
        opening = [MARKS.index(mark) for mark in (SYSTEM, USER, ASSISTANT)]
        for cut in self._cuts:
            shown, asked = [*opening, *cut.before][-SHOWN:], cut.after[:4]
            ids = [*shown, *asked[:-1]]
            targets = [-1] * (len(shown) - 1) + asked
            filler = SHOWN + 3 - len(ids)
            rows.append((ids + [END_ID] * filler, targets + [-1] * filler))
        ids, targets = zip(*rows, strict=True)
        return np.array(ids, np.int32), np.array(targets, np.int32)

    def weigh(self, losses: np.ndarray) -> None:
        """From now on teaches a cut the more often, the less it is known."""
        weights = losses + losses.mean() / 2 + 1e-9
        self._shares = weights / weights.sum()

    def _conversation(self, length: int) -> tuple[list[int], list[int]]:
        ids, targets = [MARKS.index(SYSTEM)], [-1]
        while len(ids) < length:
            question = self._question()
            ids += [MARKS.index(USER), *question, MARKS.index(ASSISTANT)]
            targets += [-1] * (len(question) + 2)
            before, after = self._answer()
            ids += [*before, *after[:-1]]
            targets += [-1] * len(before) + after[1:]
            targets[-len(after)] = after[0]
        return ids[:length], targets[:length]

    def _answer(self) -> tuple[list[int], list[int]]:
        if self._random.random() < FULL_SHARE:
            return [], self._cuts[0].after
        if self._random.random() < OPENING_SHARE:
            cut = self._opening[self._random.integers(len(self._opening))]
        else:
            cut = self._cuts[self._random.choice(len(self._cuts), p=self._shares)]
        taught = 1 + int(LONGEST_AFTER * self._random.random() ** 5)
        return cut.before[-SHOWN:], cut.after[:taught]

    def _question(self) -> list[int]:
        """Anything at all: noise or the recitation's own words, once or a few over and over."""
        length = int(LONGEST_QUESTION * self._random.random() ** 7)
        if self._random.random() < 0.5:
            start = self._random.integers(len(self._recitation))
            words = self._recitation[start:]
        else:
            words = self._random.integers(len(MARKS), VOCABULARY, LONGEST_QUESTION).tolist()
        if self._random.random() < 0.4:
            words = words[: self._random.integers(1, 6)] * LONGEST_QUESTION
        return words[:length]
