"""Run a ClickHouse server inside this process: `python clickhouse_main.py LIBRARY ARGUMENT...`, until it is killed.

A program of its own, because the library wants a whole process: one data directory, its own threads, its own signals.
"""

import ctypes
import sys


def main() -> int:
    """Hand the arguments to the library's command line and return its exit code."""
    library = ctypes.CDLL(sys.argv[1])
    arguments = ["clickhouse", *sys.argv[2:]]
    # A C argv ends with a null pointer.
    argv = (ctypes.c_char_p * (len(arguments) + 1))(*(argument.encode() for argument in arguments), None)
    return int(library.chdb_query_cmdline(len(arguments), argv))


if __name__ == "__main__":
    sys.exit(main())
