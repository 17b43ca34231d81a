"""What the numbers were measured on."""

import os
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

PACKAGES = ("chdb", "clickhouse-connect", "fastapi", "uvicorn", "msgspec", "psycopg", "jsonschema", "jsonschema_rs")


def describe(work: Path) -> list[str]:
    """Lines about processor, memory, disk and versions.

    Args:
        work: a folder on the disk that the stores use.
    """
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"Processor: {_field('/proc/cpuinfo', 'model name')}, {cores} cores; memory: {_memory()}",
        f"Disk: write and fsync of 4 KiB takes {_fsync(work) * 1000:.2f} ms (median of 50)",
        f"System: Linux {platform.release()}, Python {platform.python_version()}; {versions}",
    ]


def _field(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def _memory() -> str:
    kib = int(_field("/proc/meminfo", "MemTotal").split()[0])
    return f"{kib / 2**20:.0f} GiB"


def _fsync(work: Path) -> float:
    took = []
    with tempfile.NamedTemporaryFile(dir=work) as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took)
