"""What the operators' commands share: settings from the environment, errors as sentences."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from ashao.errors import AshaoError
from ashao.settings import Settings
from ashao.variable import BadSetting

type Run = Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, None]]


def run_command(
    parser: argparse.ArgumentParser,
    run: Run,
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> int:
    """Run the command that was named; gives the exit status."""
    options = parser.parse_args(arguments)
    try:
        asyncio.run(run(options, Settings.from_environment(environment)))
    except BadSetting as error:
        parser.error(str(error))
    except (AshaoError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
