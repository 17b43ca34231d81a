"""Contenders that are no dependency of ours: each in an environment of its own in the cache, pinned by hash."""

import fcntl
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tests.bench.measure import ContenderUnavailable
from tests.servers.clickhouse_library import cache_folder

LOCKS = Path(__file__).parent / "requirements"


def ensure(name: str) -> Path:
    """The Python of the environment that requirements/<name>.lock describes; made when the cache lacks it.

    Raises:
        ContenderUnavailable: it cannot be made here (no network, say).
    """
    lock = LOCKS / f"{name}.lock"
    key = sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = cache_folder()
    folder = cache / f"{name}-{key}"
    python, ready = folder / "bin" / "python", folder / "ready"
    # Parallel test workers wait here, then find it.
    with (cache / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not ready.exists():
            install = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--require-hashes",
            ]
            _run([sys.executable, "-m", "venv", "--clear", str(folder)])
            _run([str(python), *install, "-r", str(lock)])
            ready.touch()
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ContenderUnavailable(f"its environment could not be installed: {last[-200:]}")
