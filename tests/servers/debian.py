"""Programs from Debian's packages, installed when this process may."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.availability import ServerUnavailable


def install(*packages: str) -> None:
    """Install Debian packages without asking.

    Raises:
        ServerUnavailable: not Debian, not root, or apt-get failed; the text says what to run.
    """
    apt = shutil.which("apt-get")
    names = " ".join(packages)
    if apt is None or os.geteuid() != 0:
        message = f"{names} is missing; on Debian: apt-get install {names} (as root)"
        raise ServerUnavailable(message)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / "tianzhuo-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in ([apt, "update", "-q"], [apt, "install", "-q", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            if done.returncode:
                message = f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}"
                raise ServerUnavailable(message)
