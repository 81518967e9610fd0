"""What a run needs of a machine, each with what to do where it is missing."""

import importlib.util
import os
import shutil
import site
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from harness.targets.declared import declared_targets

LEAST_PYTHON = (3, 11)
LEAST_DISK_GB = 2
BAD_VERSIONS = {"litellm": {"1.82.7", "1.82.8"}}
"""Uploads that were malicious."""
EXPECTED_STARTUP_FILES = (
    "distutils-precedence.pth",
    "__editable__.",
    "_virtualenv.pth",
    "matplotlib",
    "a1_coverage.pth",
)
"""Names of `.pth` files that are known; any other one runs code at every start of Python."""

NEEDED = ("click", "pydantic", "yaml", "httpx", "jwt", "numpy", "scipy", "pyarrow", "matplotlib", "jinja2")
OPTIONAL = ("mlflow", "litellm", "ragas", "sklearn", "qdrant_edge", "qdrant_client", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    state: Literal["ok", "missing", "warning"]
    found: str
    next_step: str = ""


def examine(reports: Path, data: Path) -> tuple[Finding, ...]:
    """Every finding, in the order in which a person would mend them."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python, _packages, _startup_files, _targets, lambda: _folders(reports), lambda: _data(data), _quiet,
    )  # fmt: skip
    return tuple(finding for look in looks for finding in look())


def _python() -> Iterator[Finding]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info[:2] >= LEAST_PYTHON
    yield Finding("python", "ok" if good else "missing", found, "" if good else "install Python 3.11 or newer")


def _packages() -> Iterator[Finding]:
    for name in NEEDED + OPTIONAL:
        if importlib.util.find_spec(name) is None:
            yield Finding(name, "missing" if name in NEEDED else "warning", "not installed", "run `make install`")
    for name, bad in BAD_VERSIONS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            continue
        if found in bad:
            yield Finding(
                name, "missing", f"{found}, a malicious upload", "delete this environment and run `make install`"
            )
        else:
            yield Finding(name, "ok", found)
    if all(importlib.util.find_spec(name) for name in NEEDED):
        yield Finding("packages", "ok", f"all {len(NEEDED)} that a run needs")


def _startup_files() -> Iterator[Finding]:
    folders = [Path(folder) for folder in site.getsitepackages()]
    strange = [
        path.name
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.glob("*.pth"))
        if not path.name.startswith(EXPECTED_STARTUP_FILES)
    ]
    if strange:
        yield Finding("start-up files", "warning", ", ".join(strange), "read them: they run at every start of Python")
    else:
        yield Finding("start-up files", "ok", "none that is unknown")


def _targets() -> Iterator[Finding]:
    names = declared_targets()
    if names:
        yield Finding("targets", "ok", ", ".join(names))
    else:
        yield Finding("targets", "missing", "none declared", "run `make install`")


def _folders(reports: Path) -> Iterator[Finding]:
    place = next(folder for folder in (reports.absolute(), *reports.absolute().parents) if folder.is_dir())
    writable = os.access(place, os.W_OK)
    yield Finding("reports folder", "ok" if writable else "missing", str(reports), "" if writable else "pass --reports")
    free = shutil.disk_usage(place).free / 1024**3
    enough = free >= LEAST_DISK_GB
    yield Finding("disk", "ok" if enough else "warning", f"{free:.0f} GiB free", "" if enough else "free some space")


def _data(data: Path) -> Iterator[Finding]:
    if data.is_dir():
        yield Finding("public data", "ok", str(data))
    else:
        yield Finding(
            "public data", "warning", f"{data} is not there",
            "needed by the enterprise5 gate and by `harness judge` only; set HARNESS_DATA",
        )  # fmt: skip


def _quiet() -> Iterator[Finding]:
    missing = [
        name for name in ("DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "RAGAS_DO_NOT_TRACK") if name not in os.environ
    ]
    if missing:
        yield Finding(
            "telemetry", "warning", f"{', '.join(missing)} not set", "start through `harness`, which sets them"
        )
    else:
        yield Finding("telemetry", "ok", "off for every dependency")
