"""`python -m tests.bench [NAME...] [--quick] [--out FILE]`: measures, prints, and writes the report."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench import capturing, hashing, ingesting, looking_up, simulating, storing, validating
from tests.bench.machine import describe
from tests.bench.measure import Bench, Table
from tests.bench.report import show, write
from tests.bench.sizes import FULL, QUICK

BENCHES: dict[str, Callable[[Bench], list[Table]]] = {
    "hash": hashing.run,
    "validate": validating.run,
    "capture": capturing.run,
    "lookup": looking_up.run,
    "storage": storing.run,
    "simulator": simulating.run,
    "ingest": ingesting.run,
}
REPORT = Path("docs") / "benchmarks.md"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones (default: all): {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: under two minutes, rough numbers")
    parser.add_argument(
        "--out", type=Path, help=f"write the report here (default: {REPORT} when all run in full, else nowhere)"
    )
    arguments = parser.parse_args(argv)
    if wrong := [name for name in arguments.names if name not in BENCHES]:
        parser.error(f"no such benchmark: {', '.join(wrong)} (there are {', '.join(BENCHES)})")
    return arguments


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmarks that are named."""
    arguments = _arguments(argv)
    names = arguments.names or list(BENCHES)
    sizes = QUICK if arguments.quick else FULL
    out = arguments.out or (None if arguments.names or arguments.quick else REPORT)
    options = ["--quick"] if arguments.quick else []
    command = (
        " ".join(["python -m tests.bench", *arguments.names, *options]) if options or arguments.names else "make bench"
    )
    began = time.monotonic()
    tables: list[Table] = []
    with tempfile.TemporaryDirectory(prefix="tianzhuo-bench-") as folder:
        machine = describe(Path(folder))
        for line in machine:
            print(line)
        for name in names:
            work = Path(folder) / name
            work.mkdir()
            started = time.monotonic()
            found = BENCHES[name](Bench(sizes, work, Path(folder), _say))
            for table in found:
                show(table)
            print(f"\n{name}: {time.monotonic() - started:.0f} s", flush=True)
            tables += found
    if out is not None:
        write(out, tables, machine, command, time.monotonic() - began)
        print(f"written to {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
