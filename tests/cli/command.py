"""The installed command, as a person or a script runs it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

TIANZHUO = str(Path(sys.executable).with_name("tianzhuo"))


def tianzhuo(
    *arguments: str | Path, folder: Path | None = None, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs it to its end, its output in pipes."""
    environment = {**os.environ, **(variables or {})}
    environment.pop("COLUMNS", None)
    return subprocess.run(
        [TIANZHUO, *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def on_a_terminal(columns: int, *arguments: str | Path) -> str:
    """What it writes on a terminal of so many columns, without colours."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [TIANZHUO, *map(str, arguments)], env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:
        pass  # the terminal hangs up when its last user has gone
    finally:
        os.close(ours)
        assert process.wait(60) == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode()).replace("\r\n", "\n")


def fails(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """It ended with exit code 1 and one line on standard error that holds these words."""
    assert done.returncode == 1, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("tianzhuo: "), lines
    for word in words:
        assert word in lines[0], lines


def misused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """It ended with exit code 2, and says how it is used and what was wrong."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("usage: tianzhuo"), done.stderr
    for word in words:
        assert word in done.stderr.splitlines()[-1], done.stderr
