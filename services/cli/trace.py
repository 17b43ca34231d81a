"""`tianzhuo trace`: what is known of one thing, for a terminal."""

import argparse
from typing import Any
from urllib.parse import urlencode

from rich.markup import escape

from services.cli.client import Service
from services.cli.options import add_server
from services.cli.output import console, new_table, say_json


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser("trace", help="show what is known of a thing")
    parser.add_argument("id", help="EPC URN, GS1 Digital Link, element string, or another URI")
    parser.add_argument("--as-of", metavar="TIME", help="RFC 3339: as known then")
    parser.add_argument("--json", action="store_true", help="the API's answer")
    add_server(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Asks the service and prints."""
    query = {"id": arguments.id} | ({"as_of": arguments.as_of} if arguments.as_of else {})
    unit = Service(arguments.url).json("GET", "/v1/units?" + urlencode(query))
    if arguments.json:
        say_json(unit)
    else:
        show(unit)
    return 0


def show(unit: dict[str, Any]) -> None:
    """A heading, the flags, and one row for each event."""
    out = console()
    out.print(f"[bold]{escape(unit['unit'])}[/] ({unit['kind']})")
    commissioned = unit["commissioned"]
    out.print(f"commissioned: {commissioned['event_time'] if commissioned else 'no such event is known'}")
    if unit["container"]:
        out.print(f"now inside:   {escape(unit['container'])}")
    if unit["ended"]:
        out.print(f"ended:        {unit['ended']}")
    for flag in unit["flags"]:
        out.print(f"[yellow]{flag['flag']}[/]: {escape(', '.join(flag['events']))}")
    table = new_table("time", "step", "action", "as", "place", "container")
    for event in unit["events"]:
        table.add_row(
            event["event_time"],
            escape(event["biz_step"] or event["type"]),
            event["action"] or "",
            event["named_as"],
            escape(event["biz_location"] or event["read_point"] or ""),
            escape(event["container"] or ""),
        )
    out.print(table, soft_wrap=False)
    for event in unit["void"]:
        out.print(f"void: {escape(event)}")
    out.print(f"as known at {unit['as_of']}", style="dim")
