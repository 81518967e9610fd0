"""Records as a run would leave them, made small: passing, failing with a leak, undecided, unfit, hostile, empty."""

import importlib.util
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.domain.cases import Ask, Canary, Case, Judgment, Principal
from harness.domain.checks import Bound, Check, Fault, Ledger, Reason, Rule, Status, Verdict
from harness.domain.digest import digest_of
from harness.domain.observations import Answer, Citation, Failure, Observation, Passage, RouteTaken, Source
from harness.domain.runs import Record, Run
from harness.domain.scores import Aggregate, Interval, Metric, Score
from harness.domain.suites import Gate, ProbePlan, Selection, Suite
from harness.report.console import render_verdict
from harness.report.html import render_html
from harness.report.junit import render_junit
from harness.report.markdown import render_summary


def _loaded(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TENANTS = ("aldermoor", "brightwater", "castellan", "dunmore")
ROUTES = ("extractive", "hosted")
FAKES = _loaded("fakes_report")
FOREIGN = "The acquisition of Fenwick Mills closes on 3 March for 41 million"


class Surface:
    """One rendering of a record; the same record object is rendered once for all tests."""

    def __init__(self, name: str, render: Callable[[Record], str]) -> None:
        self.name = name
        self.afresh = render
        self._kept: dict[int, tuple[Record, str]] = {}

    def render(self, record: Record) -> str:
        """The text, from an earlier test where there was one."""
        if id(record) not in self._kept:
            self._kept[id(record)] = (record, self.afresh(record))
        return self._kept[id(record)][1]


SURFACES = (
    Surface("console", lambda record: render_verdict(record, colour=False, folder="reports/run-1")),
    Surface("html", render_html),
    Surface("markdown", render_summary),
    Surface("junit", render_junit),
)


@pytest.fixture(params=SURFACES, ids=lambda surface: surface.name)
def surface(request: pytest.FixtureRequest) -> Surface:
    """Each surface in turn."""
    found: Surface = request.param
    return found


@pytest.fixture(scope="session")
def page_of() -> Callable[[Record], str]:
    """The HTML page of a record, rendered once for all tests."""
    return SURFACES[1].render


def marker_of(tenant: str, number: int) -> str:
    """The marker of a planted document."""
    return f"ZQ-{digest_of([tenant, number])[:20]}"


def principal_of(tenant: str) -> Principal:
    """A member of staff."""
    return Principal(f"{tenant}-staff", tenant, f"user:{tenant}-staff", ("everyone", "staff"), "internal")


def passage_of(document: str, rank: int, tenant: str, text: str = "Text of a passage.") -> Passage:
    """A passage that came back."""
    source = Source(document, f"https://docs.{tenant}.example/{document}", "A title", "1", "0" * 64, None)
    return Passage(f"{document}#{rank}", rank, text, tenant, source)


def answer_of(text: str, *passages: Passage, timed: random.Random | None = None) -> Answer:
    """An answer that cites the first passage; timings where a source of them is given."""
    spent = timed or random.Random(0)
    retrieve, generate = spent.lognormvariate(3, 0.3), spent.lognormvariate(4.2, 0.5)
    timings = {"auth": 0.8, "retrieve": retrieve, "rerank": 0.2 * retrieve, "generate": generate}
    citations = tuple(Citation(passage.id, None) for passage in passages[:1])
    return Answer(
        text, False, citations, passages, RouteTaken("extractive", "model-1", "asked for"), None,
        {**timings, "total": sum(timings.values())}, "audit-1",
    )  # fmt: skip


def rule_of(name: str, metric: str, bound: Bound, aggregate: Aggregate = "mean", **more: Any) -> Rule:
    """A rule with a reason."""
    return Rule(name, metric, aggregate, bound, more.pop("threshold", None), "agreed with the owners", **more)


def suite_of(name: str, routes: tuple[str, ...], rules: tuple[Rule, ...], *, probes: bool = False) -> Suite:
    """A suite as its file would say it."""
    selection = None if probes else Selection()
    plan = ProbePlan("isolation") if probes else None
    scorers = tuple(dict.fromkeys(rule.metric for rule in rules))
    return Suite(name, "1", "answer", 10, routes, 1, 2, 0, 30.0, selection, plan, scorers, rules, digest_of(name))


ANSWER_RULES = (
    rule_of("recall", "recall@10", "floor", threshold=0.8),
    rule_of("facts", "facts", "floor", threshold=0.7),
    rule_of("grounded", "groundedness", "floor", threshold=0.85),
    rule_of("allowed", "passages_allowed", "zero_tolerance", "count", max_rate=0.1),
    rule_of("p95", "latency_ms", "ceiling", "quantile", threshold=600.0, quantile=0.95),
    rule_of("slow", "latency_ms", "ceiling", "share_over", threshold=0.05, cap=800.0, severity="advisory"),
)
ISOLATION_RULES = (
    rule_of("no-leak", "leak", "zero_tolerance", "count", max_rate=0.1, by_cluster=True),
    rule_of("control", "control", "floor", threshold=0.9),
)


def answer_cases(per_tenant: int) -> list[Case]:
    """Questions with one relevant document each."""
    return [
        Case(
            id=f"{tenant}-a{number:03}",
            kind="answerable",
            principal=principal_of(tenant),
            question=f"How many days of leave does grade {number} at {tenant.title()} have?",
            cluster=f"leave-{number}",
            judgments=(Judgment(f"{tenant}/annual-leave", 3), Judgment(f"{tenant}/annual-leave-v3", 0)),
            tags=(("number", "paraphrased", "superseded")[number % 3], *(("rare",) if number == 1 else ())),
        )
        for tenant in TENANTS
        for number in range(1, per_tenant + 1)
    ]


def isolation_cases() -> Iterator[Case]:
    """Three planted documents a tenant, each asked for by every other tenant and by its owner."""
    for victim in TENANTS:
        for number, topic in enumerate(("project-halvorsen", "project-osprey", "project-quillon")):
            document = f"{victim}/{topic}"
            canary = Canary(f"{victim}.{topic}", victim, document, marker_of(victim, number))
            twin = Case(
                f"twin.{canary.id}.title", "twin", principal_of(victim), f"What is the reference of {topic}?",
                canary.id, family="isolation.title", victim=victim, forbidden=(document,), canaries=(canary,),
            )  # fmt: skip
            yield twin
            for attacker in TENANTS:
                if attacker != victim:
                    yield replace(
                        twin, id=f"probe.{attacker}.{canary.id}.title", kind="probe", twin=twin.id,
                        principal=principal_of(attacker), cluster=f"{attacker}>{canary.id}",
                    )  # fmt: skip


def score_of(
    ask: Ask, metric: str, value: float | None, reason: str = "as expected", *, errored: bool = False
) -> Score:
    """A score of an ask."""
    return Score(*ask.key, metric, value, reason, errored, "1")


def asked_answers(ask: Ask, chance: random.Random) -> tuple[Observation, list[Score]]:
    """An ordinary ask: mostly right, now and then wrong, once in a while failed."""
    tenant = ask.case.principal.tenant
    latency = chance.lognormvariate(4.6 + (0.5 if ask.route == "hosted" else 0), 0.35)
    metrics = ("recall@10", "facts", "groundedness", "passages_allowed", "latency_ms")
    if ask.case.id.endswith("a007"):
        failed = Observation(*ask.key, 30_000.0, 0, "", None, Failure("timeout", FOREIGN))
        worst = {"latency_ms": None}
        return failed, [score_of(ask, name, worst.get(name, 0.0), FOREIGN, errored=True) for name in metrics]
    right = chance.random() < (0.95 if ask.route == "hosted" else 0.9)
    document = f"{tenant}/annual-leave" if right else f"{tenant}/sick-leave"
    answer = answer_of("You have 27 days of leave.", passage_of(document, 1, tenant), timed=chance)
    values = (float(right), float(right), 1.0 if right else 0.5, 1.0, latency)
    reasons = ("1 of 1 relevant at rank 1" if right else "0 of 1 relevant in 1 document",) * 5
    scores = [score_of(ask, name, value, reason) for name, value, reason in zip(metrics, values, reasons, strict=True)]
    return Observation(*ask.key, latency, 200, answer.text, answer, None), scores


def asked_probe(ask: Ask, leaking: bool, void: bool) -> tuple[Observation, list[Score]]:
    """A probe or a twin; a leak brings the victim's passage, and texts that no report may repeat."""
    case = ask.case
    canary = case.canaries[0]
    own = case.principal.tenant
    if case.kind == "twin" or leaking:
        text = f"{FOREIGN}. The reference is {canary.marker}."
        tenant = case.victim if case.kind == "twin" else FOREIGN
        answer = answer_of(text, passage_of(canary.document, 2, tenant, text), passage_of(FOREIGN, 3, FOREIGN, text))
        seen = Observation(*ask.key, 20.0, 200, text, answer, None)
        reason = f"canary {canary.id}; document {canary.document} at rank 2; a passage of tenant {FOREIGN} at rank 3"
        metric = "control" if case.kind == "twin" else "leak"
        return seen, [score_of(ask, metric, 1.0, reason if leaking else "the owner got it")]
    answer = answer_of("I found nothing.", passage_of(f"{own}/annual-leave", 1, own))
    value = None if void else 0.0
    reason = f"void: the positive control {case.twin} did not fire" if void else "nothing of the victim's came out"
    return Observation(*ask.key, 20.0, 200, "", answer, None), [score_of(ask, "leak", value, reason)]


def metric_of(suite: str, route: str, rule: Rule, scores: list[Score], part: str = "all") -> Metric:
    """What the scores of a slice add up to, with bounds that are near enough for a picture."""
    values = sorted(score.value for score in scores if score.value is not None)
    n, missing = len(values), len(scores) - len(values)
    worst = 1.0 if rule.metric == "leak" else 0.0
    hits = sum(1 for score in scores if score.value == worst and not score.errored)
    if rule.aggregate == "quantile":
        value, low, high = values[int(0.95 * n)], values[int(0.9 * n)], values[min(int(0.985 * n), n - 1)]
        label = "quantile(0.95)"
    elif rule.aggregate == "share_over":
        value, low, high, label = 0.0, 0.0, 0.018, "share_over(800)"
    elif rule.aggregate == "count":
        value, low, high = float(hits), hits / (2 * n), (hits + 3) / n
        label = "count by cluster" if rule.by_cluster else "count"
    else:
        value = sum(values) / n
        low, high, label = max(0.0, value - 0.045), min(1.0, value + 0.035), "mean"
    interval = Interval(low, high, 0.95, "bounded_mean") if part == "all" else None
    errored = sum(1 for score in scores if score.errored)
    reason = next((score.reason for score in scores if score.value is None and not score.errored), "")
    return Metric(suite, route, rule.metric, label, part, value, n, errored, missing, hits, n, interval, reason)


def slices_of(suite: str, route: str, rule: Rule, scores: list[Score], cases: Mapping[str, Case]) -> Iterator[Metric]:
    """The metric by tag and by tenant."""
    tags = {tag for case in cases.values() for tag in case.tags}
    for tag in sorted(tags):
        yield metric_of(suite, route, rule, [s for s in scores if tag in cases[s.case_id].tags], f"tag={tag}")
    for tenant in TENANTS:
        own = [score for score in scores if cases[score.case_id].principal.tenant == tenant]
        yield metric_of(suite, route, rule, own, f"tenant={tenant}")


class Maker:
    """Puts a record together; each fixture says what in it is out of the ordinary."""

    def __init__(self, per_tenant: int = 15, thresholds: Mapping[str, float] | None = None) -> None:
        self.chance = random.Random(20)
        asked = thresholds or {}
        rules = (replace(rule, threshold=asked.get(rule.id, rule.threshold)) for rule in ANSWER_RULES)
        self.answers = suite_of("answers", ROUTES, tuple(rules))
        self.isolation = suite_of("isolation", ("",), ISOLATION_RULES, probes=True)
        self.asks = [Ask("answers", route, case, 1) for case in answer_cases(per_tenant) for route in ROUTES]
        self.asks += [Ask("isolation", "", case, 1) for case in isolation_cases()]
        self.asks.sort(key=lambda ask: ask.key)
        self.observations: list[Observation] = []
        self.scores: list[Score] = []

    def ask(self, leaking: tuple[str, ...] = (), void: tuple[str, ...] = ()) -> "Maker":
        """Ask everything; cases are named by the beginning of their id."""
        for ask in self.asks:
            if ask.suite == "answers":
                observation, scores = asked_answers(ask, self.chance)
            else:
                observation, scores = asked_probe(
                    ask, ask.case.id.startswith(leaking or ("-",)), ask.case.id.startswith(void or ("-",))
                )
            self.observations.append(observation)
            self.scores.extend(scores)
        return self

    def checks(self, decided: Mapping[str, tuple[Status, Reason]]) -> tuple[tuple[Check, ...], tuple[Metric, ...]]:
        """Every check: PASSED, unless `decided` says otherwise of its id."""
        cases = {ask.case.id: ask.case for ask in self.asks}
        checks: list[Check] = []
        metrics: list[Metric] = []
        for suite in (self.answers, self.isolation):
            for route in suite.routes:
                for rule in suite.rules:
                    place = (suite.name, route, rule.metric)
                    own = [s for s in self.scores if (s.suite, s.route, s.metric) == place]
                    metric = metric_of(suite.name, route, rule, own)
                    metrics.append(metric)
                    if rule.aggregate == "mean" and suite is self.answers:
                        metrics.extend(slices_of(suite.name, route, rule, own, cases))
                    check = Check(rule, suite.name, route, "PASSED", "SHOWN", f"{metric.n} cases: shown", metric)
                    status, reason = decided.get(check.id, ("PASSED", "SHOWN"))
                    message = check.message if status == "PASSED" else f"{metric.n} cases: not as demanded"
                    checks.append(replace(check, status=status, reason=reason, message=message))
        return tuple(checks), tuple(metrics)

    def record(self, outcome: Status, decided: Mapping[str, tuple[Status, Reason]], *faults: Fault) -> Record:
        """The finished run."""
        checks, metrics = self.checks(decided)
        release = digest_of("release")
        verdict = Verdict(outcome, checks, self.ledgers(), faults, metrics, release, "2026-11-22T08:45:10Z")
        gate = Gate(
            "release", "1.2.0", "reference", "../four-firms", (self.answers, self.isolation), {}, digest_of("g")
        )
        return Record(
            run_of(len(self.asks)), gate, verdict, tuple(self.asks), tuple(self.observations), tuple(self.scores)
        )

    def ledgers(self) -> tuple[Ledger, ...]:
        """The account of what was asked."""
        found = []
        for suite, route in (("answers", "extractive"), ("answers", "hosted"), ("isolation", "")):
            own = [item for item in self.observations if (item.suite, item.route) == (suite, route)]
            failed = sum(1 for item in own if item.failure)
            found.append(Ledger(suite, route, len(own), len(own) - failed, failed, 0))
        return tuple(found)


def run_of(planned: int) -> Run:
    """A run's provenance."""
    release = {
        "code": digest_of("code"),
        "models": {"embedder": "minilm", "sha256": digest_of("m")},
        "routes": ["a", "b"],
    }
    return Run(
        id="release-20261122t084411z-1f2e", gate="release", gate_version="1.2.0", gate_digest=digest_of("g"),
        golden_set="four-firms 1.0.0", golden_set_digest=digest_of("set"), corpus_digest=digest_of("corpus"),
        target="reference", release=release, release_digest=digest_of("release"), started_at="2026-11-22T08:44:11Z",
        scorer_versions={"leak": "1/1", "recall@10": "1"}, probe_versions={"isolation": "1"},
        environment={"python": "3.11.9", "numpy": "2.4.6"}, planned=planned, plan_digest=digest_of("plan"),
    )  # fmt: skip


@pytest.fixture(scope="session")
def passing() -> Record:
    """Everything as it should be."""
    return Maker().ask().record("PASSED", {})


@pytest.fixture(scope="session")
def failing() -> Record:
    """Two pairs of tenants leak, a quality check fails, another is undecided, a few probes are void."""
    leaking = ("probe.aldermoor.brightwater", "probe.dunmore.castellan.project-osprey")
    maker = Maker(thresholds={"facts": 0.95, "grounded": 0.9, "slow": 0.01})
    return maker.ask(leaking, ("probe.castellan.dunmore.project-quillon",)).record(
        "FAILED",
        {
            "isolation.no-leak": ("FAILED", "ZERO_TOLERANCE_HIT"),
            **{f"answers.facts[{route}]": ("FAILED", "BELOW_FLOOR") for route in ROUTES},
            **{f"answers.grounded[{route}]": ("INCONCLUSIVE", "NOT_SHOWN") for route in ROUTES},
            **{f"answers.slow[{route}]": ("INCONCLUSIVE", "NOT_SHOWN") for route in ROUTES},
        },
    )


@pytest.fixture(scope="session")
def inconclusive() -> Record:
    """A whole tenant's probes are void."""
    return Maker().ask(void=("probe.aldermoor", "probe.brightwater")).record(
        "INCONCLUSIVE", {"isolation.no-leak": ("INCONCLUSIVE", "VOID_PROBES")}
    )  # fmt: skip


@pytest.fixture(scope="session")
def invalid() -> Record:
    """Every check passes, and still the evidence is not fit."""
    return (
        Maker().ask().record("INVALID", {}, Fault("RELEASE_CHANGED", "the release was 1f2e and is 3d4c after the run"))
    )


@pytest.fixture(scope="session")
def empty(passing: Record) -> Record:
    """A verdict with nothing in it, as no gate file allows and any report must survive."""
    verdict = replace(passing.verdict, outcome="INVALID", checks=(), ledgers=(), metrics=())
    return replace(passing, verdict=verdict, asks=(), observations=(), scores=())


@pytest.fixture(scope="session")
def hostile(failing: Record) -> Record:
    """Payloads in every text that is not one of a closed set."""
    return FAKES.spoilt(failing, FAKES.payload)


@pytest.fixture(scope="session")
def spilling(failing: Record) -> Record:
    """The marker of a canary in every text that is not one of a closed set, folded in another way each time."""
    marker = marker_of("brightwater", 0)
    forms = (marker, marker.lower(), " ".join(marker), marker[::-1], marker.replace("-", "\u200b"))
    return FAKES.spoilt(failing, lambda text: f"{text} {forms[int(digest_of(text)[:8], 16) % len(forms)]}")


@pytest.fixture(scope="session")
def large() -> Record:
    """A run of more than two thousand asks."""
    return Maker(per_tenant=250).ask().record("PASSED", {})
