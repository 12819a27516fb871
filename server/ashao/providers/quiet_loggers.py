"""The SDKs stay out of the logs: what they log at level debug differs from version to version."""

import logging


def quiet_loggers(*names: str) -> None:
    """Let these libraries log warnings only, whatever level the process logs at."""
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)
