"""The JUnit document, against the rules that CI servers read it by."""

from xml.etree import ElementTree as ET

import pytest

from harness.report.junit import render_junit

ALLOWED = {
    "testsuites": ({"name", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"failure", "error"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
}


@pytest.mark.parametrize("name", ["passing", "failing", "inconclusive", "invalid", "empty", "hostile"])
def test_elements_and_attributes_are_those_of_the_format(name, request):
    root = ET.fromstring(render_junit(request.getfixturevalue(name)))

    for element in root.iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.keys()) == attributes
        assert {child.tag for child in element} <= children
    assert root.tag == "testsuites"


@pytest.mark.parametrize("name", ["passing", "failing", "inconclusive", "invalid", "empty"])
def test_the_counts_are_those_of_the_cases_and_nothing_is_skipped(name, request):
    root = ET.fromstring(render_junit(request.getfixturevalue(name)))

    for part in (root, *root.iter("testsuite")):
        assert int(part.get("tests")) == len(list(part.iter("testcase")))
        assert int(part.get("failures")) == len(list(part.iter("failure")))
        assert int(part.get("errors")) == len(list(part.iter("error")))
    assert "<skipped" not in ET.tostring(root, encoding="unicode")


def test_a_verdict_that_its_evidence_spoils_is_no_row_of_successes(invalid):
    root = ET.fromstring(render_junit(invalid))

    errors = [case.get("name") for case in root.iter("testcase") if case.find("error") is not None]

    assert errors == ["verdict", "fault 1"]


def test_failed_is_a_failure_and_inconclusive_is_an_error_with_its_reason(failing):
    root = ET.fromstring(render_junit(failing))

    kinds = {case.get("name"): [(child.tag, child.get("type")) for child in case] for case in root.iter("testcase")}

    assert kinds["isolation.no-leak"] == [("failure", "ZERO_TOLERANCE_HIT")]
    assert kinds["answers.grounded[hosted]"] == [("error", "NOT_SHOWN")]
    assert kinds["isolation.control"] == []
