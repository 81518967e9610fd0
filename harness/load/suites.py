"""Gate and suite files -> `Gate`. A demand that cannot mean what it says is refused here, by line."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.domain.cases import CaseKind
from harness.domain.checks import Rule
from harness.domain.digest import digest_of, digest_of_bytes
from harness.domain.suites import JUDGED, Gate, Import, JudgePlan, ProbeFamily, ProbePlan, Selection, Suite, Verb
from harness.errors import DeclarationError, InvalidInput, Place
from harness.load.rules import NAME, MetricFacts, RuleFile, complaint_about
from harness.load.strict import Declared, Marks, nearest, read_text, read_yaml_with_marks

VARIABLE = r"^[A-Z][A-Z0-9_]{0,62}$"
"""Name of an environment variable."""

HOST = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"
"""A host by its name, in lower case: no scheme, no port, no wildcard."""

FactsOf = Callable[[str, Verb], MetricFacts]
"""Knows the metrics; raises InvalidInput for one that there is not, or that the verb gives nothing to judge by."""


class _SelectionFile(Declared):
    kinds: list[CaseKind] = []
    tags: list[str] = []
    limit: int | None = Field(default=None, ge=1)


class _ProbesFile(Declared):
    family: ProbeFamily
    documents: int = Field(default=5, ge=1, le=100)
    forms: int = Field(default=6, ge=1, le=6)
    tries: int = Field(default=3, ge=1, le=1000)
    questions: int = Field(default=4, ge=1, le=1000)


class _JudgeFile(Declared):
    model: str = Field(pattern=r"^[a-z0-9_]{1,40}/[A-Za-z0-9][A-Za-z0-9._:/-]{0,119}$")
    api_base_env: str = Field(pattern=VARIABLE)
    api_key_env: str = Field(pattern=VARIABLE)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=1024, ge=64, le=32_768)
    timeout_s: float = Field(default=60.0, gt=0, le=3600)
    concurrency: int = Field(default=4, ge=1, le=64)


class _SuiteFile(Declared):
    suite: str = Field(pattern=NAME)
    version: str
    about: str = Field(min_length=12)
    verb: Verb
    top_k: int = Field(default=10, ge=1, le=100)
    routes: list[str] = [""]
    repeats: int = Field(default=1, ge=1, le=50)
    concurrency: int = Field(default=2, ge=1, le=256)
    warm_up: int = Field(default=0, ge=0, le=1000)
    timeout_s: float = Field(default=30.0, gt=0, le=3600)
    cases: _SelectionFile | None = None
    probes: _ProbesFile | None = None
    judge: _JudgeFile | None = None
    scorers: list[str] = Field(min_length=1)
    rules: list[RuleFile] = Field(min_length=1)


class _ImportFile(Declared):
    source: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    layout: Literal["enterprise5", "beir", "trec"]


class _GateFile(Declared):
    gate: str = Field(pattern=NAME)
    version: str
    about: str = Field(min_length=12)
    target: str
    golden_set: str
    imports: _ImportFile | None = None
    suites: list[str] = Field(min_length=1)
    mapping: dict[
        Literal["answer", "refused", "citations", "passages", "route", "usage", "timings_ms", "audit"], str
    ] = {}
    allowed_hosts: list[Annotated[str, Field(pattern=HOST)]] = []


def load_gate(path: Path, facts_of: FactsOf) -> Gate:
    """The gate at `path` with its suites; every fault is refused with file and line."""
    declared, marks = read_yaml_with_marks(path, _GateFile)
    suites: list[Suite] = []
    for index, relative in enumerate(declared.suites):
        place = marks[("suites", index)]
        suite = _load_suite(_inside(path.parent, relative, place), facts_of)
        if suite.name in {other.name for other in suites}:
            raise DeclarationError(place, f"a second suite is named {suite.name!r}; names are unique within a gate")
        _refuse_second_judge(suite, suites, place)
        suites.append(suite)
    if not any(rule.severity == "blocker" for suite in suites for rule in suite.rules):
        raise DeclarationError(
            marks[("suites",)], "no rule of this gate is a blocker, so nothing could stop a release",
            next_step="give at least one rule `severity: blocker`",
        )  # fmt: skip
    own = digest_of_bytes(read_text(path).encode("utf-8"))
    return Gate(
        name=declared.gate,
        version=declared.version,
        target=declared.target,
        golden_set=os.path.normpath(path.parent / declared.golden_set),
        suites=tuple(suites),
        mapping={str(part): expression for part, expression in declared.mapping.items()},
        allowed_hosts=tuple(declared.allowed_hosts),
        imports=Import(declared.imports.source, declared.imports.layout) if declared.imports else None,
        files=tuple(declared.suites),
        digest=digest_of([own, *(suite.digest for suite in suites)]),
    )


def _inside(folder: Path, relative: str, place: Place) -> Path:
    """A suite's path, which may not leave the folder of its gate, by `..` or by a link."""
    if not (folder / relative).resolve().is_relative_to(folder.resolve()):
        raise DeclarationError(place, f"{relative!r} leaves the folder of the gate file")
    return folder / relative


def _load_suite(path: Path, facts_of: FactsOf) -> Suite:
    declared, marks = read_yaml_with_marks(path, _SuiteFile)
    if (declared.cases is None) == (declared.probes is None):
        raise DeclarationError(marks[()], "a suite has either `cases` or `probes`, one of them and not both")
    _refuse_repeats(declared.scorers, "scorers", marks)
    _refuse_repeats(declared.routes, "routes", marks)
    _refuse_idle_judge(declared, marks)
    places = {name: marks[("scorers", at)] for at, name in enumerate(declared.scorers)}
    facts = {name: _facts(name, declared.verb, place, facts_of) for name, place in places.items()}
    rules = tuple(_rule(rule, at, marks, facts, declared.routes) for at, rule in enumerate(declared.rules))
    for at, rule in enumerate(rules):
        if declared.repeats > 1 and rule.aggregate in {"quantile", "share_over"}:
            raise DeclarationError(
                marks[("rules", at)],
                f"the rule {rule.id!r}: attempts are averaged within a case first, and the {rule.aggregate} of "
                "averages hides the slow ones; write `repeats: 1` and take more cases",
            )
        if rule.id in {other.id for other in rules[:at]}:
            raise DeclarationError(marks[("rules", at, "id")], f"a second rule is named {rule.id!r}")
    return Suite(
        name=declared.suite,
        version=declared.version,
        verb=declared.verb,
        top_k=declared.top_k,
        routes=tuple(declared.routes),
        repeats=declared.repeats,
        concurrency=declared.concurrency,
        warm_up=declared.warm_up,
        timeout_s=declared.timeout_s,
        selection=_selection(declared.cases),
        probes=_probes(declared.probes),
        scorers=tuple(declared.scorers),
        rules=rules,
        digest=digest_of_bytes(read_text(path).encode("utf-8")),
        judge=JudgePlan(**declared.judge.model_dump()) if declared.judge else None,
    )


def _refuse_idle_judge(declared: _SuiteFile, marks: Marks) -> None:
    """Judged metrics and a judge go together, and need answers to judge."""
    judged = [at for at, name in enumerate(declared.scorers) if name.startswith(JUDGED)]
    if judged and declared.judge is None:
        at = judged[0]
        raise DeclarationError(
            marks[("scorers", at)],
            f"{declared.scorers[at]!r} is given by a judge, and this suite declares none",
            next_step="write `judge` with `model`, `api_base_env` and `api_key_env`, or take the scorer out",
        )
    if declared.judge is not None and not judged:
        raise DeclarationError(
            marks[("judge",)], f"no scorer of this suite begins with {JUDGED!r}, so nothing is judged"
        )
    if declared.judge is not None and declared.verb != "answer":
        raise DeclarationError(marks[("judge",)], "a judge reads answers, and this suite asks for passages alone")


def _refuse_second_judge(suite: Suite, others: list[Suite], place: Place) -> None:
    other = next((item for item in others if suite.judge and item.judge and item.judge != suite.judge), None)
    if other is not None:
        raise DeclarationError(
            place,
            f"the suites {other.name!r} and {suite.name!r} declare different judges; a gate has one, so that a metric "
            "means one instrument",
        )


def _selection(declared: _SelectionFile | None) -> Selection | None:
    if declared is None:
        return None
    return Selection(tuple(declared.kinds), tuple(declared.tags), declared.limit)


def _probes(declared: _ProbesFile | None) -> ProbePlan | None:
    return ProbePlan(**declared.model_dump()) if declared else None


def _refuse_repeats(names: list[str], key: str, marks: Marks) -> None:
    if not names:
        raise DeclarationError(marks[(key,)], f"`{key}` is empty")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise DeclarationError(marks[(key, at)], f"{name!r} stands twice in `{key}`")


def _facts(name: str, verb: Verb, place: Place, facts_of: FactsOf) -> MetricFacts:
    try:
        return facts_of(name, verb)
    except InvalidInput as fault:
        raise DeclarationError(place, str(fault), next_step=f"mend {place} and run the command again") from fault


def _rule(declared: RuleFile, at: int, marks: Marks, facts: Mapping[str, MetricFacts], routes: list[str]) -> Rule:
    place = marks[("rules", at)]
    if declared.metric not in facts:
        raise DeclarationError(
            marks[("rules", at, "metric")],
            f"the rule {declared.id!r} asks for {declared.metric!r}, which is not among this suite's scorers; "
            f"{nearest(declared.metric, list(facts))}",
        )
    for route in declared.routes:
        if route not in routes:
            raise DeclarationError(place, f"the route {route!r} is not asked by this suite; {nearest(route, routes)}")
    complaint = complaint_about(declared, facts[declared.metric])
    if complaint:
        raise DeclarationError(place, f"the rule {declared.id!r}: {complaint}")
    return Rule(**{**declared.model_dump(), "routes": tuple(declared.routes)})
