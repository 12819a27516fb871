"""Calls that a producer gives in a form of its own, written as the text that they are here."""

from ashao_text.tools.history import opening_of
from ashao_text.tools.tags import CALL, CALL_END


class CallWriter:
    """Begin calls and feed their arguments; each gives the text to add to the answer."""

    def __init__(self) -> None:
        self.has_begun = False
        self._id = ""
        self._is_open = self._has_arguments = False

    def feed(self, name: str, arguments: str, call_id: str = "") -> str:
        """A piece of a call; one with a name begins a call, unless its id is the latest one's."""
        text = ""
        if name and not (call_id and call_id == self._id):
            text = f"{self.end()}{CALL}\n{opening_of(name)}"
            self._id, self.has_begun = call_id, True
            self._is_open, self._has_arguments = True, False
        self._has_arguments = self._has_arguments or bool(arguments)
        return text + arguments if self._is_open else ""

    def end(self) -> str:
        """The end of the latest call, if it has none yet."""
        if not self._is_open:
            return ""
        self._is_open = False
        return ("" if self._has_arguments else "{}") + f"}}\n{CALL_END}\n"
