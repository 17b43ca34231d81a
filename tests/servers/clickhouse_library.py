"""The ClickHouse server's library from the npm registry, checked and cached outside the repository."""

import base64
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.servers.availability import ServerUnavailable

PACKAGE = "@chdb/lib-linux-x64-gnu"
VERSION = "26.7.3-stable.1"
SHA512 = "XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw=="
"""Base64 of the package file's SHA-512, as the registry gives it for this version."""

_MEMBER = "package/libchdb.so"


def cache_folder() -> Path:
    """The folder for downloads that outlive a checkout: `$XDG_CACHE_HOME/tianzhuo`, by default below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "tianzhuo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ensure_library() -> Path:
    """Return the path of `libchdb.so`, downloading it (180 MB) when the cache lacks it.

    Raises:
        ServerUnavailable: another platform, no npm, no network, or a package file that is not the expected one.
    """
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        message = f"the ClickHouse server library is for Linux on x86_64, not {platform.system()} {platform.machine()}"
        raise ServerUnavailable(message)
    cache = cache_folder()
    library = cache / f"libchdb-{VERSION}.so"
    if library.exists():
        return library
    # Parallel test workers wait here, then find the library.
    with (cache / "libchdb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.exists():
            _download(library)
    return library


def _download(library: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        message = f"npm is needed once to fetch {PACKAGE} (the ClickHouse server)"
        raise ServerUnavailable(message)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        done = subprocess.run(
            [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", folder],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            message = f"npm could not fetch {PACKAGE}@{VERSION}: {done.stderr.strip()[-500:]}"
            raise ServerUnavailable(message)
        check_integrity(archives[0])
        unpacked = Path(folder) / "libchdb.so"
        with tarfile.open(archives[0]) as archive, unpacked.open("wb") as target:
            source = archive.extractfile(_MEMBER)
            if source is None:
                message = f"{PACKAGE}@{VERSION} holds no {_MEMBER}"
                raise ServerUnavailable(message)
            shutil.copyfileobj(source, target, 1 << 20)
        unpacked.rename(library)


def check_integrity(archive: Path, expected: str = SHA512) -> None:
    """Compare a package file with its known SHA-512.

    Args:
        archive: the package file.
        expected: base64 of the SHA-512.

    Raises:
        ServerUnavailable: the file is another one.
    """
    with archive.open("rb") as file:
        digest = base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if digest != expected:
        message = f"{archive.name} has SHA-512 {digest}, expected {expected}"
        raise ServerUnavailable(message)
