"""A `tianzhuo serve` that kills itself at a step: `dying_api STEP NUMBER` and the options of `serve`."""

import sys

from services.cli.main import parser
from services.cli.serve import run
from tests.faults.dying_worker import dying


def main() -> int:
    name, number, *words = sys.argv[1:]
    return run(parser(("serve",)).parse_args(["serve", *words]), dying(name, int(number)))


if __name__ == "__main__":
    sys.exit(main())
