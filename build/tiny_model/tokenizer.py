"""The model's tokenizer: byte-level BPE built around the recitation, in which any text has tokens.

Every beginning of a recited word is one token, and so is every ending. The recitation cut at any
character therefore encodes to its own whole words and one beginning, which one ending completes.
Signs beyond ASCII stay single bytes, so that a stream has to hold back half a character.
"""

import re

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from tiny_model.recitation import ANSWER
from tiny_model.sizes import MARKS

# What BPE looks at by itself: a word, digits or signs with the space before it, or white space.
PIECES = r" ?[a-zA-Z]+| ?[0-9]+| ?[^\sa-zA-Z0-9]+|\s+"
SPACE = "Ġ"  # how byte-level BPE spells a space


def make_tokenizer() -> Tokenizer:
    """The tokenizer, the same each time it is made."""
    merges = _merges()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    spellings = [*MARKS, *alphabet, *dict.fromkeys(left + right for left, right in merges)]
    vocabulary = {spelling: number for number, spelling in enumerate(spellings)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.add_special_tokens(list(MARKS))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """The text's tokens, marks included where the text spells one."""
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def encode_rest(tokenizer: Tokenizer, at: int) -> list[int]:
    """The recitation from the character `at` on: an ending, if that cuts a word, then the rest."""
    ending = re.match("[a-zA-Z]*", ANSWER[at:]).group()
    first = [tokenizer.token_to_id(ending)] if ending else []
    return first + encode(tokenizer, ANSWER[at + len(ending) :])


def _merges() -> list[tuple[str, str]]:
    """Beginnings grow to the right, and before any ending grows to the left."""
    words = [piece.replace(" ", SPACE) for piece in re.findall(" ?[a-zA-Z]+", ANSWER)]
    words.sort(key=lambda word: not word.startswith(SPACE))
    beginnings = [(word[:at], word[at]) for word in words for at in range(1, len(word))]
    endings = [
        (word[at], word[at + 1 :])
        for word in words
        for at in range(len(word) - 2, -1, -1)
        if word[at] != SPACE
    ]
    return list(dict.fromkeys(beginnings + endings))
