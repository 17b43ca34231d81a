"""A `tianzhuo serve` that believes a key for no longer than a request: `short_memory` and the options of `serve`."""

import sys

from services.cli.main import main
from services.usecases import keys

if __name__ == "__main__":
    keys.CACHE_SECONDS = 0.0
    sys.exit(main(["serve", *sys.argv[1:]]))
