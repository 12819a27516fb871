"""What of a text a reader sees: the server counts tokens by it, whatever a producer says."""

from unicodedata import category

# Spaces and line ends, controls, format characters such as zero-width ones, halves of pairs, and
# what nobody has assigned or only some have.
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Cn", "Co"})
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # fillers of Hangul, empty braille


def visible_characters(text: str) -> int:
    """How many of its characters show something."""
    if text.isascii():
        if text.isprintable():  # then only spaces show nothing
            return len(text) - text.count(" ")
        return sum(not each.isspace() and each.isprintable() for each in text)
    return sum(category(each) not in UNSEEN and each not in BLANK_LETTERS for each in text)
