"""One line of JSON per event on stderr: ids and kinds, never what people write.

Processes that share a stderr write whole lines: each line is one write of the system's, which a
file takes whole whatever its length, and a pipe up to 4 KB; ours are far shorter.
"""

import logging
import os
from contextlib import suppress
from typing import Any

from ashao.absent import absent

# It would colour tracebacks, which our lines do not have.
with absent("rich"):
    import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
STDERR = 2


class WholeLines:
    """A stream without a buffer; who writes a line writes it at once."""

    def write(self, line: str) -> int:
        """Write it as a whole. A log that nobody takes any more keeps nobody from serving."""
        rest = line.encode(errors="replace")
        with suppress(OSError):
            while rest:
                rest = rest[os.write(STDERR, rest) :]
        return len(line)

    def flush(self) -> None:
        """There is nothing to flush."""


def configure_logs(level: str) -> None:
    """Set this process's log level; libraries speak from warning on, whatever our own level.

    Libraries at debug level print bodies and keys, so their level is never lowered.
    """
    stderr: Any = WholeLines()  # as much of a TextIO as loggers need
    logging.basicConfig(level=logging.WARNING, stream=stderr, format="%(levelname)s %(name)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(stderr),
    )
