"""What fields may be that several protocols have, said in the document and in refusals."""

from typing import Annotated, Any, Literal

import msgspec

MAX_BODY_BYTES = 2 * 1024 * 1024


def possible(words: str, **limits: Any) -> msgspec.Meta:
    """The words in which a refusal says what a field may be, beside its limits."""
    return msgspec.Meta(description=words, **limits)


ModelName = Annotated[
    str, possible("a name of at most 200 letters is possible", min_length=1, max_length=200)
]
NoMatter = Annotated[Any, possible("anything: it changes nothing of the answer")]
Zero = Annotated[float, possible("only 0 is possible", ge=0, le=0)]
One = Annotated[float, possible("only 1 is possible", ge=1, le=1)]
NoTopK = Annotated[Literal[-1, 0] | None, possible("only 0 and -1 are possible")]
Fraction = Annotated[float, possible("a number from 0 to 1 is possible", ge=0, le=1)]
Temperature = Annotated[float, possible("a number from 0 to 2 is possible", ge=0, le=2)]
TokenLimit = Annotated[int, possible("a whole number is possible")]
Seed = Annotated[int, possible("a whole number of 64 bits is possible", ge=-(2**63), le=2**63 - 1)]
NoTools = Annotated[Literal["none", "auto"], possible('only "none" and "auto" are possible')]
Stop = Annotated[str, msgspec.Meta(max_length=500)]
Stops = Annotated[
    Stop | Annotated[list[Stop], msgspec.Meta(max_length=4)] | None,
    possible("up to four texts of at most 500 characters are possible"),
]
