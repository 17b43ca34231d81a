"""`tianzhuo deadletter`: what could not be accepted, why, and how it is sent again."""

import argparse
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rich.table import Table

from services.bus.letters import replay
from services.cli.options import add_kafka, add_store, broker_of, store_settings
from services.cli.output import console, fail, say, say_bytes
from services.domain.times import rfc3339
from services.ports import LetterBook, StoredLetter
from services.store.clickhouse import ClickHouseStore

PAGE = 500
DESCRIPTION = """\
A dead letter is a record of captures.v1 that could not be accepted. Its name is the place where it stood,
topic:partition:offset. It is kept with its bytes and its reason, whether or not it is replayed.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand and its verbs."""
    parser = commands.add_parser("deadletter", help="list, show and replay dead letters", description=DESCRIPTION)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="one line each")
    listing.add_argument("--open", action="store_true", help="only those of which nothing came yet")
    show = verbs.add_parser("show", help="one, with its reason, headers and bytes")
    show.add_argument("letter", help="topic:partition:offset")
    show.add_argument("--raw", action="store_true", help="only its bytes, exactly as they came")
    again = verbs.add_parser("replay", help="send letters again; doing it twice is harmless")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("letter", nargs="?", help="topic:partition:offset")
    which.add_argument("--all-open", action="store_true", help="every one of which nothing came yet, as it is")
    again.add_argument("--value", type=Path, metavar="FILE", help="the mended bytes of the one letter")
    add_kafka(again)
    for verb in (listing, show):
        verb.add_argument("--json", action="store_true", help="as JSON, one line for each letter")
    for verb in (listing, show, again):
        add_store(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    settings = store_settings(arguments)
    with closing(ClickHouseStore(settings.dsn, settings.database, 2, topology=settings.topology)) as store:
        store.require_current()
        if arguments.verb == "list":
            return _list(store.letters, arguments)
        if arguments.verb == "show":
            return _show(store.letters, arguments)
        return _replay(store.letters, arguments)


def _all(book: LetterBook, *, only_open: bool) -> Iterator[StoredLetter]:
    """Letters in order; those that replayed another stand with it, not by themselves."""
    after = None
    while found := book.letters(after, PAGE):
        for stored in found:
            if not only_open or not (stored.mended or stored.letter.replay_of):
                yield stored
        last = found[-1].letter.record
        after = (last.topic, last.partition, last.offset)


def _find(book: LetterBook, name: str) -> StoredLetter | None:
    match = re.fullmatch(r"([A-Za-z0-9._-]+):([0-9]{1,9}):([0-9]{1,18})", name)
    return book.letter(match[1], int(match[2]), int(match[3])) if match else None


def _list(book: LetterBook, arguments: argparse.Namespace) -> int:
    letters = _all(book, only_open=arguments.open)
    if arguments.json:
        for stored in letters:
            say(json.dumps(_object(stored), ensure_ascii=False))
        return 0
    table = Table("letter", "recorded", "stage", "reason", "party", "replayed", box=None)
    for stored in letters:
        letter = stored.letter
        what = f"as {', '.join(stored.replays)}" if stored.replays else ""
        table.add_row(
            letter.record.origin,
            rfc3339(letter.record.time_us),
            letter.stage,
            str(letter.violations[0]),
            letter.party,
            what,
        )
    console().print(table)
    return 0


def _object(stored: StoredLetter) -> dict[str, object]:
    letter = stored.letter
    return {
        "letter": letter.record.origin,
        "recorded": rfc3339(letter.record.time_us),
        "stage": letter.stage,
        "errors": [{"pointer": one.pointer, "value": one.value, "expected": one.expected} for one in letter.violations],
        "party": letter.party,
        "capture": str(letter.capture_id) if letter.capture_id.int else None,
        "replay_of": letter.replay_of or None,
        "replays": stored.replays,
        "events": stored.mended,
    }


def _show(book: LetterBook, arguments: argparse.Namespace) -> int:
    stored = _find(book, arguments.letter)
    if stored is None:
        return fail(f"there is no dead letter {arguments.letter!r}: `tianzhuo deadletter list` shows their names")
    record = stored.letter.record
    if arguments.raw:
        say_bytes(record.value or b"")
        return 0
    if arguments.json:
        headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
        value = None if record.value is None else record.value.decode("utf-8", "replace")
        say(json.dumps({**_object(stored), "headers": headers, "value": value}, ensure_ascii=False))
        return 0
    say(f"letter:   {record.origin}, recorded {rfc3339(record.time_us)}")
    say(f"stage:    {stored.letter.stage}")
    for violation in stored.letter.violations:
        say(f"reason:   {violation}")
    for name, content in record.headers:
        say(f"header:   {name}: {content.decode('utf-8', 'backslashreplace')}")
    for one in stored.replays:
        say(f"replayed: as {one}")
    for one in stored.mended:
        say(f"event:    {one}")
    text = "(none)" if record.value is None else record.value.decode("utf-8", "backslashreplace")
    say(f"bytes:    {text if len(text) < 2000 else text[:2000] + ' … (--raw gives all)'}")
    return 0


def _replay(book: LetterBook, arguments: argparse.Namespace) -> int:
    broker = broker_of(arguments)
    if arguments.all_open:
        if arguments.value is not None:
            return fail("--value mends one letter, --all-open names many")
        names = [stored.letter.record.origin for stored in _all(book, only_open=True)]
    else:
        names = [arguments.letter]
    count = 0
    for name in names:
        stored = _find(book, name)
        if stored is None:
            return fail(f"there is no dead letter {name!r}: `tianzhuo deadletter list` shows their names")
        mended = arguments.value.read_bytes() if arguments.value is not None else None
        (place,) = replay(broker, [(stored.letter, mended)])
        say(f"{name} replayed as {place}")
        count += 1
    say(f"{count} replayed; `tianzhuo deadletter list` shows what became of them")
    return 0
