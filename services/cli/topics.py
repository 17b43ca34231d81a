"""`tianzhuo topics`: the declared topics, made and checked."""

import argparse

from services.bus.topics import Topics, declared
from services.cli.options import add_kafka, broker_of
from services.cli.output import fail, say


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser("topics", help="make and check the Kafka topics")
    verbs = parser.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="make what is missing")
    create.add_argument("--replication", type=int, default=1, metavar="N", help="copies (default: %(default)s)")
    create.add_argument("--partitions", type=int, metavar="N", help="of captures.v1, readings.v1 (default: declared)")
    check = verbs.add_parser("check", help="compare with what is declared; exit code 1 if it differs")
    for verb in (create, check):
        add_kafka(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Makes or compares."""
    topics = Topics(broker_of(arguments))
    if arguments.verb == "create":
        for name in topics.create(arguments.replication, arguments.partitions):
            say(f"made {name}")
    wrong = topics.check()
    if wrong:
        return fail("; ".join(wrong))
    say(f"all {len(declared())} topics are as declared")
    return 0
