"""The product in a process of its own, on a free port.

`orchestrator` forks it from a process that has it in memory; `commanded` starts it as an operator
does. Whatever it has to start itself is the same.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.children import mortal
from tests.support.forked import Forked

START_S = 60.0
END_S = 40.0


class Orchestrator:
    """A running `ashao serve`."""

    def __init__(
        self, settings: dict[str, str], log: Path, *flags: str, module: str | None = None
    ) -> None:
        self._settings = settings
        self._log = log
        self._flags = flags
        self._module = module
        self._process: subprocess.Popen[str] | Forked | None = None
        self.url = ""

    @property
    def data_dir(self) -> Path:
        """Where its embedded stores live."""
        return Path(self._settings["ASHAO_DATA_DIR"])

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])

    def start(self, port: int = 0) -> None:
        """Start it and wait until it listens."""
        self.launch(port)
        self.until_listening()

    def launch(self, port: int = 0) -> None:
        """Start it and do not wait."""
        arguments = ["serve", "--port", str(port), *self._flags]
        environment = _clean_environment() | self._settings
        with self._log.open("a") as log:
            if self._module is None:
                self._process = Forked(arguments, environment, log)
                return
            self._process = subprocess.Popen(
                mortal(sys.executable, "-m", self._module, *arguments),
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def until_listening(self) -> None:
        """Wait until it listens; calls made from now on are answered when it is ready."""
        assert self._process is not None
        assert self._process.stdout is not None
        first_line = self._process.stdout.readline()
        assert first_line.startswith("ashao is at "), self.log_text()
        self.url = first_line.removeprefix("ashao is at ").strip()

    def kill(self) -> None:
        """kill -9: no goodbye of any kind."""
        self._signal(signal.SIGKILL)
        self._wait()

    def terminate(self) -> None:
        """Ask it to leave; returns at once."""
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        """It stays connected and does nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)

    def wait(self) -> int:
        """Its exit status, once it has left."""
        return self._wait()

    def stop(self) -> None:
        """Ask it to leave and wait until it has; twice asked, it does not wait for streams."""
        if self._process is not None and self._process.poll() is not None:
            self._wait()
        elif self._process is not None:
            self.terminate()
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self.terminate()
            self._wait()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def log_text(self) -> str:
        """All that it logged so far."""
        return self._log.read_text()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _wait(self) -> int:
        assert self._process is not None
        try:
            status = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            if self._process.stdout is not None:
                self._process.stdout.close()
        return status


@contextmanager
def orchestrator(folder: Path, *flags: str, **settings: str) -> Iterator[Orchestrator]:
    """A running orchestrator with its data below `folder`; settings are variables, such as
    ASHAO_LEASE_MS="300"."""
    with _launched(folder, flags, settings) as running:
        running.until_listening()
        yield running


@contextmanager
def commanded(
    folder: Path, *flags: str, module: str = "ashao", **settings: str
) -> Iterator[Orchestrator]:
    """The same by the command `ashao serve`, or a module like it, in an interpreter of its own."""
    with _launched(folder, flags, settings, module) as running:
        running.until_listening()
        yield running


@contextmanager
def two_orchestrators(folder: Path, **settings: str) -> Iterator[tuple[Orchestrator, Orchestrator]]:
    """Two of them on one store and one history."""
    shared = {"ASHAO_DATA_DIR": str(folder / "data")} | settings
    with (
        _launched(folder / "one", (), shared) as one,
        _launched(folder / "other", (), shared) as other,
    ):
        one.until_listening()
        other.until_listening()
        yield one, other


@contextmanager
def _launched(
    folder: Path, flags: tuple[str, ...], settings: dict[str, str], module: str | None = None
) -> Iterator[Orchestrator]:
    folder.mkdir(parents=True, exist_ok=True)
    limits = (
        "ASHAO_SENDS_PER_MINUTE",
        "ASHAO_IN_FLIGHT",
        "ASHAO_IN_FLIGHT_ANONYMOUS",
        "ASHAO_STREAMS",
    )
    no_limits = dict.fromkeys(limits, "100000")
    variables = {"ASHAO_DATA_DIR": str(folder / "data")} | no_limits
    log = folder / "orchestrator.log"
    running = Orchestrator(variables | settings, log, *flags, module=module)
    running.launch()
    try:
        yield running
    finally:
        running.stop()


def _clean_environment() -> dict[str, str]:
    """Ours, without any setting of the product: no test may reach somebody's paid account."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ASHAO_", "GEMINI_", "OPENAI_", "GOOGLE_"))
    }
