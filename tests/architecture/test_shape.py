"""The shape of the tree: what a newcomer reads in docs/architecture.md is what is there."""

import re
import tomllib
from pathlib import Path

import pytest

LARGEST_FILE = 400


def _between(text: str, marker: str, end: str) -> str:
    return text.split(marker, 1)[1].split(end, 1)[0]


def test_every_room_of_the_harness_is_on_the_architecture_page_and_no_other(repository: Path) -> None:
    page = (repository / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(harness/[a-z_./]+)`", _between(page, "<!-- rooms", "`suites/`"), re.MULTILINE))

    actual = {
        path.relative_to(repository).as_posix()
        for path in (repository / "harness").iterdir()
        if path.name not in {"__init__.py", "__pycache__"}
    }

    assert listed == actual


def test_the_layers_on_the_architecture_page_are_those_that_the_linter_holds(repository: Path) -> None:
    page = (repository / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = _between(_between(page, "<!-- layers", "`harness` and"), "```", "```").split("\n")[1:-1]

    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(item for item in project["tool"]["importlinter"]["contracts"] if item["type"] == "layers")

    assert listed == contract["layers"]


@pytest.mark.parametrize("folder", ["suites", "datasets", "reports"])
def test_data_folders_hold_no_python(repository: Path, folder: str) -> None:
    found = list((repository / folder).rglob("*.py"))

    assert found == [], "datasets/__init__.py would shadow the package that ragas imports"


def test_no_source_file_is_longer_than_a_reader_can_hold(repository: Path) -> None:
    long = {
        path.relative_to(repository).as_posix(): lines
        for package in ("harness", "system_under_test", "tests")
        for path in (repository / package).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LARGEST_FILE
    }

    assert long == {}


def test_the_lock_file_pins_every_package_by_hash(repository: Path) -> None:
    lock = (repository / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]

    unpinned = [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]

    assert len(entries) > 100
    assert unpinned == []
    assert not re.search(r"^litellm==1\.82\.[78]\b", lock, re.MULTILINE)


def test_every_decision_record_has_a_number_a_status_and_its_three_parts(repository: Path) -> None:
    records = sorted((repository / "docs" / "adr").glob("*.md"))

    assert [path.name[:4] for path in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        for part in ("**Status**", "**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text, f"{path.name} lacks {part}"
