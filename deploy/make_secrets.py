"""Make the secrets that the deploy files take from files: `python3 deploy/make_secrets.py [FOLDER]`.

What is there already stays. The folder is the lock: only its owner gets into it. The files in it can be read by all,
because a container reads them as a user that this machine does not know.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"


def _password() -> str:
    return secrets.token_urlsafe(32)


def _admin_key() -> str:
    """An admin key in the form of the service's own."""
    return f"tz_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


SECRETS: dict[str, Callable[[], str]] = {
    "store_password": _password,
    "admin_key": _admin_key,
    "grafana_password": _password,
}


def make(folder: Path) -> list[str]:
    """Makes what is missing; returns its names.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for name, new in SECRETS.items():
        path = folder / name
        if path.exists():
            continue
        part = path.with_name(f"{name}.part")  # an interruption leaves no empty secret
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new() + "\n")
            os.fchmod(file.fileno(), 0o444)
        part.rename(path)
        made.append(name)
    return made


def main() -> int:
    """Read the command line and make them; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help="where (default: %(default)s)")
    folder = parser.parse_args().folder
    try:
        made = make(folder)
    except OSError as error:
        print(f"the secrets cannot be made: {error}", file=sys.stderr)
        return 1
    print(f"{folder}: made {', '.join(made)}" if made else f"{folder}: all secrets are there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
