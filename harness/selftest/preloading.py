"""Imported once by the process that all trials are forked off: it imports what they all need and no mutant changes.

The names are handed over in a file, whose path stands in the environment: a command line would not hold four thousand.
"""

import importlib
import json
import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "HARNESS_SELFTEST_MODULES"
"""Names the file: a JSON list of modules, in the order in which the system as it is imported them."""


def preload(file: Path) -> None:
    """Import every module of the list; one that cannot be imported here is left to the trials."""
    for name in json.loads(file.read_text(encoding="utf-8")):
        with suppress(ImportError):
            importlib.import_module(name)


if VARIABLE in os.environ:
    preload(Path(os.environ[VARIABLE]))
