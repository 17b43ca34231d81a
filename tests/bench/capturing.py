"""Captured events a second over HTTP: by size of document, and by number of small emitters.

Against the same API on PostgreSQL, and against a process that only inserts what the API would insert.
"""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path
from statistics import median
