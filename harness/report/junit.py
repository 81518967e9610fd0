"""The verdict as JUnit XML, which every CI server reads.

One suite for each suite and route, one case for each check, and a first suite for the verdict itself, so that a verdict
spoilt by its evidence cannot read as a row of successes. INCONCLUSIVE and INVALID are errors; nothing is ever skipped,
since a skipped test reads as a success.
"""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from harness.domain.checks import Check
from harness.domain.runs import Record
from harness.report.details.groups import Group, groups
from harness.report.details.leaks import by_pair, leaks
from harness.report.text import Redaction, redaction_of
from harness.report.words import demand, estimate, ledger_line, meaning, place, sample, tally


def render_junit(record: Record) -> str:
    """The XML document, with its declaration."""
    shown = redaction_of(record)
    root = ET.Element("testsuites", name=shown.line(f"{record.run.gate} {record.run.id}"))
    root.append(_verdict_suite(record, shown))
    root.extend(_group_suite(group, record, shown) for group in groups(record))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _verdict_suite(record: Record, shown: Redaction) -> ET.Element:
    """The verdict and each fault of its evidence."""
    verdict, run = record.verdict, record.run
    properties = {
        "run": run.id,
        "release": verdict.release,
        "gate": f"{run.gate} {run.gate_version}",
        "gate_digest": run.gate_digest,
        "golden_set": run.golden_set,
        "golden_set_digest": run.golden_set_digest,
        "corpus_digest": run.corpus_digest,
        "plan_digest": run.plan_digest,
    }
    cases = [
        _case("verdict", run.gate, verdict.outcome, verdict.outcome, f"{meaning(record)}; {tally(verdict)}", shown)
    ]
    cases += [
        _case(f"fault {number}", run.gate, "INVALID", fault.reason, fault.message, shown)
        for number, fault in enumerate(verdict.faults, start=1)
    ]
    return _suite(f"{run.gate}: verdict", record, properties, cases, shown)


def _group_suite(group: Group, record: Record, shown: Redaction) -> ET.Element:
    properties = {"ledger": ledger_line(group.ledger)}
    for (attacker, victim), found in by_pair(leaks(record)).items():
        own = [leak for leak in found if (leak.suite, leak.route) == (group.suite, group.route)]
        if own:
            properties[f"leak {attacker} -> {victim}"] = f"{len(own)}, first {own[0].case_id}"
    cases = [_check_case(check, record, shown) for check in group.checks]
    return _suite(f"{record.run.gate}: {place(group.suite, group.route)}", record, properties, cases, shown)


def _check_case(check: Check, record: Record, shown: Redaction) -> ET.Element:
    weight = "" if check.rule.severity == "blocker" else "; advisory, it does not block"
    figures = f"{estimate(check)}, asked {demand(check.rule)}, n {sample(check.metric)}{weight}"
    message = f"{check.message} ({figures})"
    return _case(check.id, f"{record.run.gate}.{check.suite}", check.status, check.reason, message, shown)


def _case(name: str, owner: str, status: str, reason: str, message: str, shown: Redaction) -> ET.Element:
    """One test case: FAILED is a failure, PASSED is neither, everything else is an error."""
    case = ET.Element("testcase", name=shown.line(name), classname=shown.line(owner), time="0")
    if status != "PASSED":
        kind = "failure" if status == "FAILED" else "error"
        told = shown.line(f"{status}: {message}")
        ET.SubElement(case, kind, type=shown.line(reason), message=told).text = told
    return case


def _suite(
    name: str, record: Record, properties: Mapping[str, str], cases: list[ET.Element], shown: Redaction
) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=shown.line(name),
        tests=str(len(cases)),
        failures=str(sum(1 for case in cases if case.find("failure") is not None)),
        errors=str(sum(1 for case in cases if case.find("error") is not None)),
        skipped="0",
        time="0",
        timestamp=shown.line(record.run.started_at),
    )
    held = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(held, "property", name=shown.line(key), value=shown.line(value))
    suite.extend(cases)
    return suite
