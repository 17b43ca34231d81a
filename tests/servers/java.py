"""A Java that is new enough for Kafka: the one that is here, or Debian's."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.servers.availability import ServerUnavailable
from tests.servers.debian import install

OLDEST = 17
"""The first major version of Java that runs a Kafka 4 broker."""


def ensure_java() -> Path:
    """Return the program `java`, of `$JAVA_HOME` or on the path, installing Debian's package when there is none.

    Raises:
        ServerUnavailable: none of version 17 or later is here, and none can be installed.
    """
    java = _find()
    if java is None:
        install("default-jre-headless")
        java = _find()
    if java is None:
        message = f"Debian's default-jre-headless is installed, but there is no Java {OLDEST} or later on PATH"
        raise ServerUnavailable(message)
    return java


def _find() -> Path | None:
    home, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    candidates = [*([Path(home) / "bin" / "java"] if home else []), *([Path(on_path)] if on_path else [])]
    return next((java for java in candidates if java.exists() and _major(java) >= OLDEST), None)


@functools.cache
def _major(java: Path) -> int:
    """Read the major version that a `java` names; 0 when it does not run."""
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', done.stderr)
    return int(version.group(1)) if version else 0
