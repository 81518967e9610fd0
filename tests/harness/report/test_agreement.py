"""Every surface says what the verdict says, and nothing else."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from harness.domain.checks import Check
from harness.domain.runs import Record

RECORDS = ("passing", "failing", "inconclusive", "invalid", "empty")


@pytest.fixture(params=RECORDS)
def record(request: pytest.FixtureRequest) -> Record:
    found: Record = request.getfixturevalue(request.param)
    return found


class Cells(HTMLParser):
    """The words of each row of the first table of checks, and of the heading."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.heading: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = (dict(attrs).get("class") or "").split()
        if tag == "table":
            self._inside = "checks" if "checks" in names else ""
        if tag == "tr" and self._inside == "checks":
            self.rows.append([])
        if tag == "h1":
            self._inside = "h1"

    def handle_endtag(self, tag: str) -> None:
        if tag in {"table", "h1"}:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "checks" and self.rows and data.strip():
            self.rows[-1].append(data.strip())
        if self._inside == "h1" and data.strip():
            self.heading.append(data.strip())


def from_console(text: str) -> tuple[str, dict[str, str]]:
    rows = re.findall(r"^  (PASSED|FAILED|INCONCLUSIVE|INVALID) +(\S+)", text, re.MULTILINE)
    return text.split(maxsplit=1)[0], {name: status for status, name in rows}


def from_html(text: str) -> tuple[str, dict[str, str]]:
    cells = Cells(text)
    rows = [[word for word in row if word != "advisory"] for row in cells.rows if row[0] != "Status"]
    return cells.heading[0], {row[1]: row[0] for row in rows}


def from_markdown(text: str) -> tuple[str, dict[str, str]]:
    plain = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text)
    rows = re.findall(
        r"^\| (PASSED|FAILED|INCONCLUSIVE|INVALID)(?: \(advisory\))? \| <code>(.+?)</code>", plain, re.MULTILINE
    )
    return re.match(r"\*\*(\w+)\*\*", text)[1], {name: status for status, name in rows}  # type: ignore[index]


def from_junit(text: str) -> tuple[str, dict[str, str]]:
    root = ET.fromstring(text)
    found: dict[str, str] = {}
    for case in root.iter("testcase"):
        blamed = [child for child in case if child.tag in {"failure", "error"}]
        status = (blamed[0].get("message") or "").partition(":")[0] if blamed else "PASSED"
        found[case.get("name") or ""] = status
    outcome = found.pop("verdict")
    return outcome, {name: status for name, status in found.items() if not name.startswith("fault ")}


READERS: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
    "console": from_console,
    "html": from_html,
    "markdown": from_markdown,
    "junit": from_junit,
}


def test_every_surface_gives_the_outcome_and_the_status_of_every_check(record, surface):
    expected = {check.id: check.status for check in record.verdict.checks}

    outcome, statuses = READERS[surface.name](surface.render(record))

    assert outcome == record.verdict.outcome
    assert statuses == expected


def test_a_status_is_shown_as_decided_even_where_the_figures_would_say_otherwise(passing, surface):
    def turned(check: Check) -> Check:
        return replace(check, status="INVALID", reason="NO_EVIDENCE")

    verdict = replace(passing.verdict, outcome="FAILED", checks=tuple(map(turned, passing.verdict.checks)))

    outcome, statuses = READERS[surface.name](surface.render(replace(passing, verdict=verdict)))

    assert outcome == "FAILED"
    assert set(statuses.values()) == {"INVALID"}


def test_the_same_record_gives_the_same_bytes(failing, surface):
    assert surface.afresh(failing) == surface.render(failing)


def test_a_fault_is_named_on_every_surface(invalid, surface):
    text = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), surface.render(invalid))

    assert "RELEASE_CHANGED" in text
    assert "the release was 1f2e and is 3d4c after the run" in text


def test_a_leak_is_named_by_pair_and_case_on_every_surface(failing, surface):
    text = re.sub(
        r"&#(\w+);|&(gt|rarr);", lambda found: chr(int(found[1])) if found[1] else ">", surface.render(failing)
    )

    assert re.search(r"aldermoor -?> brightwater", text)
    assert "probe.aldermoor.brightwater.project-halvorsen.title" in text
