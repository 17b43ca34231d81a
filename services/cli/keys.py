"""`tianzhuo keys`: API keys of a running service."""

import argparse
from urllib.parse import quote

from rich.markup import escape

from services.cli.client import Service
from services.cli.options import add_key, add_server, key_of
from services.cli.output import console, new_table, say


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand and its actions."""
    parser = commands.add_parser("keys", help="make, list and revoke API keys of a running service")
    add_server(parser)
    add_key(parser, "file with an admin key")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key; it is shown once")
    create.add_argument("party", help="who will write with it: a PGLN or a name")
    create.add_argument("--label", default="", help="a note")
    actions.add_parser("list", help="list the keys")
    revoke = actions.add_parser("revoke", help="revoke a key")
    revoke.add_argument("id", help="its id, as `list` shows it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    service = Service(arguments.url, key_of(arguments))
    if arguments.action == "create":
        made = service.json("POST", "/v1/keys", {"party": arguments.party, "label": arguments.label})
        say(made["key"])
    elif arguments.action == "revoke":
        gone = service.json("DELETE", f"/v1/keys/{quote(arguments.id, safe='')}")
        say(f"{gone['id']} ({gone['party']}) revoked at {gone['revoked']}")
    else:
        table = new_table("id", "party", "label", "admin", "created", "revoked")
        for key in service.json("GET", "/v1/keys"):
            row = (key["id"], key["party"], key["label"], "yes" if key["admin"] else "", key["created"])
            table.add_row(*map(escape, row), key["revoked"] or "")
        console().print(table, soft_wrap=False)
    return 0
