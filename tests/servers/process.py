"""One server process on loopback: started, waited for, stopped or killed, its output in a log file."""

import contextlib
import random
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

START_SECONDS = 120.0
"""How long a server may take to answer; two cores with five times the work they can do needed a quarter of it."""

_PORTS = range(20_000, 32_000)
"""Below Linux's range for outgoing connections, so only another server can take a port between choice and use."""


def free_port() -> int:
    """Choose a loopback TCP port that nobody listens on.

    Raises:
        OSError: none of a hundred random ports was free.
    """
    for _ in range(100):
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    message = f"no free port in {_PORTS}"
    raise OSError(message)


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits for its parent to notice does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class ServerFailed(Exception):
    """A server ended by itself or did not answer in time; the text holds the end of its log."""


class ServerProcess(ABC):
    """A server that lives as long as the process that started it.

    The kernel kills it when the thread that called `start` ends, so start servers from a thread that stays.

    Attributes:
        path: the server's folder; survives `stop` and `kill`, so the next `start` finds the data.
        log: the file that takes its output of all starts.
        stays: whether it outlives who starts it; may be set until `start`.
    """

    stop_signal = signal.SIGTERM
    """What makes it end in good order."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.stays = False
        self.log = self.path / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _command(self) -> list[str]:
        """Prepare the folder where needed and return the command line that runs the server in the foreground."""

    @abstractmethod
    def _answers(self) -> bool:
        """Tell whether this very server, not another one on its port, answers a query."""

    @property
    def pid(self) -> int:
        """The process id of the running server.

        Raises:
            ServerFailed: it does not run.
        """
        if self._process is None:
            message = f"{type(self).__name__} is not running"
            raise ServerFailed(message)
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ServerUnavailable: this machine lacks something it needs.
            ServerFailed: it runs already, ended at once, or gave no answer within `START_SECONDS`.
        """
        process = self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = self.log.read_text(errors="replace")[-2_000:]
                message = f"{type(self).__name__} did not answer; the end of {self.log}:\n{tail}"
                raise ServerFailed(message)
            time.sleep(0.05)

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start it and return at once.

        Raises:
            ServerUnavailable: this machine lacks something it needs.
            ServerFailed: it runs already.
        """
        if self._process is not None:
            message = f"{type(self).__name__} runs already"
            raise ServerFailed(message)
        self.path.mkdir(parents=True, exist_ok=True)
        command = self._command()
        setpriv = shutil.which("setpriv")
        guard = [setpriv, "--pdeathsig", "KILL"] if setpriv and not self.stays else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*guard, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self._process

    def stop(self) -> int | None:
        """End it in good order; kill it when that takes more than 20 seconds. Does nothing when it does not run.

        Returns:
            Its exit code, None when it did not run; negative: the signal that ended it.
        """
        if self._process is None:
            return None
        self._process.send_signal(self.stop_signal)
        try:
            code = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL
        self._process = None
        return code

    def kill(self) -> None:
        """End it at once, as `kill -9` does. Does nothing when it does not run."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def wait_ended(self, seconds: float = 60.0) -> int:
        """Its exit code; raises subprocess.TimeoutExpired."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
