"""The files of the tree under test, as git would commit them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = [ROOT / name for name in ("schemas", "services", "streams") if (ROOT / name).is_dir()]


def files(suffix: str = "") -> list[Path]:
    """All files that are committed or could be, whose name ends with `suffix`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = (ROOT / name for name in listed.stdout.split("\0") if name.endswith(suffix) and name)
    return [path for path in found if path.is_file()]


def modules() -> list[Path]:
    """All Python files of the product."""
    return [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]
