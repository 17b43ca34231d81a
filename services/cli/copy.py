"""`tianzhuo copy`: everything from one store to another, proven equal."""

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Self
from urllib.parse import urlsplit

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from schemas import read_bytes
from services.cli.copy_state import Pair, StateFile
from services.cli.output import console, fail, say
from services.domain.errors import TianzhuoError
from services.ports import SchemaMismatch
from services.settings import StoreSettings, read_store, shown
from services.store.cluster import require_current_cluster
from services.store.connection import Connections
from services.store.migrations import DECLARED, migrate, require_current
from services.store.transfer import Transfer
from services.usecases.copy import Comparison, CopyLimits, compare, copy

LIMITS = CopyLimits()
WIDTH = 100
"""Characters of the final table, at least: whole hashes, even where the output is a file."""
DESCRIPTION = """\
Copies everything from one store to another (events, index, captures, API keys), then proves by count and hash that
both hold the same. Cut off at any moment, the same command continues where it was; what is stored twice on the way
counts once. DIR is the data directory of an embedded store (as in `tianzhuo serve --data DIR`), URL a ClickHouse
server: http://user:password@host:8123, or with --from-cluster or --to-cluster any server of a cluster, which `tianzhuo
migrate` has to have prepared. One of the two has to be a server, because a process can open only one directory.

Nothing may write to the source meanwhile: an embedded store cannot be open elsewhere anyway, but for a server stop
everything that writes to it. A new target is made. One that holds events already is refused before anything is written,
unless this copy was cut off there or --into-existing is given; rows that only the target has stay, and then the stores
are not equal. The file admin.key is not copied; the keys in it stay valid. Exit code: 0 copied and equal, 1 not.
"""


KEYS = "api_keys"
"""A service that was started on an empty store has made its admin key there."""


class NotEmpty(TianzhuoError):
    """The target of a new copy holds events already."""


@dataclass(frozen=True, slots=True)
class Place:
    """One side of a copy.

    Attributes:
        settings: the store's.
        data: the directory when it is embedded.
        name: what it is called in messages and in the state file; without password.
    """

    settings: StoreSettings
    data: Path | None
    name: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "copy",
        help="copy everything from one store to another, and prove it",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--from", dest="source", required=True, metavar="DIR|URL", help="the store to read")
    parser.add_argument("--to", dest="target", required=True, metavar="URL|DIR", help="the store to fill")
    for side in ("from", "to"):
        parser.add_argument(f"--{side}-database", metavar="NAME", help="database in it (default: tianzhuo)")
        parser.add_argument(f"--{side}-cluster", default="", metavar="NAME", help="the server is one of this cluster")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="where to remember how far it came (default: a file in the embedded store's directory, else in this one)",
    )
    parser.add_argument(
        "--batch-rows", type=_rows, default=LIMITS.rows, metavar="N", help="rows at once (default: %(default)s)"
    )
    parser.add_argument("--into-existing", action="store_true", help="copy also into a store that holds events already")
    parser.add_argument("--check", action="store_true", help="copy nothing; only compare")
    parser.set_defaults(run=partial(run, parser))


def _rows(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise argparse.ArgumentTypeError(f"expected 1 to 9999999, got {text!r}")
    return int(text)


def place(text: str, database: str | None, cluster: str = "") -> Place:
    """One side from the command line. The variables' cluster is neither: nobody knows which side it would be.

    Raises:
        ValueError: the text looks like an address and is none, or a directory is to be a cluster.
    """
    given = {"database": database, "cluster": cluster, "replicas": None if cluster else 1}
    if "://" not in text:
        if cluster:
            raise ValueError(f"cluster {cluster!r} needs the address of one of its servers, got {text!r}")
        settings = read_store({"data": Path(text), "store": "", **given})
        return Place(settings, Path(text), f"{Path(text).absolute()} ({settings.database})")
    hidden = shown(text)
    try:
        parts = urlsplit(text)
        address = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError as error:
        raise ValueError(f"{hidden}: {error}") from error
    if parts.scheme not in {"http", "https"} or not address:
        raise ValueError(f"expected a directory or http(s)://host:port, got {hidden!r}")
    settings = read_store({"store": text, **given})
    return Place(settings, None, f"{parts.scheme}://{address} ({settings.database})")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    """Copies, compares, and says what came of it."""
    try:
        source = place(arguments.source, arguments.from_database, arguments.from_cluster)
        target = place(arguments.target, arguments.to_database, arguments.to_cluster)
    except ValueError as error:
        parser.error(str(error))
    if source.name == target.name:
        parser.error(f"--from and --to are the same store: {source.name}")
    if source.data is not None and target.data is not None:
        parser.error(
            "--from and --to are both directories, and one process can open only one: copy the first to a ClickHouse"
            " server, and that to the second (or, while nothing has the first open, copy its files)"
        )
    for side in (source, target) if arguments.check else (source,):
        if side.data is not None and not (side.data / "store").is_dir():
            return fail(f"{side.data} holds no store")
    if arguments.check:
        with _opened(source) as reading, _opened(target) as writing, _Bars() as bars:
            found = compare(reading, writing, bars.advance, LIMITS)
        return report(found)
    limits = replace(LIMITS, rows=arguments.batch_rows)
    path = arguments.state or _state_path(source, target)
    return _copy(source, target, path, limits, into_existing=arguments.into_existing)


def _copy(source: Place, target: Place, state_path: Path, limits: CopyLimits, *, into_existing: bool) -> int:
    file = StateFile(state_path, Pair(source.name, target.name, sha256(read_bytes(DECLARED)).hexdigest()))
    state = file.load()
    if state.piece is not None:
        say(f"continuing the copy that was cut off ({file.path})")
    begun = state.piece is not None
    opened = _opened(target, new=True, empty=not (begun or into_existing))
    with _opened(source) as reading, opened as writing, _Bars() as bars:
        copy(reading, writing, state, file.save, bars.advance, limits)
        found = compare(reading, writing, bars.advance, limits)
    file.remove()
    code = report(found)
    if code:
        say("--into-existing copies everything anew; rows that only the target has stay there")
    return code


def _state_path(source: Place, target: Place) -> Path:
    both = sha256(f"{source.name}\n{target.name}".encode()).hexdigest()[:12]
    folder = source.data or target.data or Path()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"copy-{both}.json"


def _require_empty(side: Place, there: Transfer) -> None:
    held = {table: rows for table, rows in there.held().items() if rows and table != KEYS}
    if held:
        rows = ", ".join(f"{table} has {count} rows" for table, count in held.items())
        raise NotEmpty(
            f"{side.name} holds events already ({rows}); nothing was copied: give --into-existing to copy anyway"
        )


@contextmanager
def _opened(side: Place, *, new: bool = False, empty: bool = False) -> Iterator[Transfer]:
    """The store, its schema checked, and made first when `new`.

    Raises:
        SchemaMismatch: its schema is not this version's.
        NotEmpty: it was to be `empty`; nothing is changed.
    """
    settings = side.settings
    where = (settings.dsn, settings.database, 2, settings.reserve_bytes)
    with closing(Connections(*where, settings.topology)) as connections:
        if empty:
            _require_empty(side, Transfer(connections))
        try:
            if settings.topology is not None:  # its servers are not known here: `tianzhuo migrate` has made it
                require_current_cluster(connections, settings.topology)
            else:
                if new:
                    migrate(connections)
                require_current(connections)
        except SchemaMismatch as error:
            raise SchemaMismatch(f"{side.name}: {error}") from error
        yield Transfer(connections)


class _Bars:
    """A bar for each task on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        out = console()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=out, disable=not out.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, task: str, rows: int, total: int) -> None:
        """See `services.usecases.copy.Watcher`."""
        with self._lock:
            if task not in self._tasks:
                self._tasks[task] = self._progress.add_task(task, total=total)
            self._progress.advance(self._tasks[task], rows)


def report(found: Sequence[Comparison]) -> int:
    """A table of both sides and a verdict; returns the exit code."""
    table = Table("table", "rows", "SHA-256 sum", "rows there", "SHA-256 sum", "", box=None)
    for one in found:
        sides = [text for side in (one.source, one.target) for text in (str(side.rows), f"{side.total:064x}"[:16])]
        table.add_row(one.table, *sides, "equal" if one.equal else "[red]differs[/]")
    out = console()
    out.print(table, width=max(out.width, WIDTH), crop=False)
    wrong = [_words(one) for one in found if not one.equal]
    if wrong:
        return fail(f"the stores are not equal: {'; '.join(wrong)}")
    say(f"both stores hold the same {sum(one.source.rows for one in found)} rows")
    return 0


def _words(one: Comparison) -> str:
    if one.source.rows != one.target.rows:
        return f"{one.table} has {one.source.rows} rows in the source and {one.target.rows} in the target"
    return f"{one.table} has {one.source.rows} rows on both sides, but not the same"
