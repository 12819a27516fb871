"""The SDKs stay out of the logs: what they log at level debug differs from version to version."""

import logging


def silence(*loggers: str) -> None:
    """Let these libraries log warnings only, whatever level the process logs at."""
    for name in loggers:
        logging.getLogger(name).setLevel(logging.WARNING)
