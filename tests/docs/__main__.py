"""`python -m tests.docs`: write the generated parts of the pages anew."""

import sys

from tests.docs.generated import parts
from tests.docs.pages import PAGES, with_generated


def main() -> int:
    """Write the pages that changed; returns the exit code."""
    texts = parts()
    for path in PAGES:
        text = with_generated(path, texts)
        if text != path.read_text():
            path.write_text(text)
            sys.stdout.write(f"{path.name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
