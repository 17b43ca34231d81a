"""A `tianzhuo serve` that asks for its keys five times a second: `short_memory` and the options of `serve`."""

import sys

from services.cli.main import main
from services.usecases import keys

if __name__ == "__main__":
    keys.CACHE_SECONDS = 0.2
    sys.exit(main(["serve", *sys.argv[1:]]))
