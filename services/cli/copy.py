"""`tianzhuo copy`: everything from one store to another, proven equal."""

import argparse


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand."""
    parser = commands.add_parser("copy", help="copy everything from one store to another, and prove it")
    parser.add_argument("--from", dest="source", required=True, metavar="DIR|URL", help="the store to read")
    parser.add_argument("--to", dest="target", required=True, metavar="URL|DIR", help="the store to fill")
