"""Everything right of the observations: a pure function of a run's inputs and its recorded replies."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from harness.domain.cases import Ask
from harness.domain.checks import Fault
from harness.domain.corpus import Corpus
from harness.domain.runs import Record, Run
from harness.domain.suites import JUDGED, Gate
from harness.errors import EvidenceError
from harness.evidence.folder import Closing, RunFolder, plan_digest, read_noun, read_plan, read_run
from harness.evidence.inputs import digest_of_documents
from harness.evidence.matrices import FILE, read_matrix
from harness.execute.journal import Key, Line, observations_of
from harness.execute.judging import read_judged
from harness.execute.plan import Plan
from harness.gate import decide
from harness.judges.certificate import Certificate, read_certificate
from harness.judges.lexical import LexicalJudge
from harness.load.documents import load_corpus
from harness.load.suites import load_gate
from harness.measure.aggregate import measure
from harness.measure.claims import claims
from harness.measure.scoring import ledgers, score_all
from harness.scorers.catalogue import metric_facts, scorer_named
from harness.scorers.recorded import UNJUDGED, JudgedValues
from harness.scorers.replies import Replies
from harness.scorers.scorer import Scorer

GROUNDEDNESS = "groundedness"
"""The metric that the offline judge gives."""


def inputs_of(folder: RunFolder) -> tuple[Run, Gate, Plan]:
    """Run, gate and plan as they were when the run began. Raises EvidenceError where they are not those any more.

    A run that was cut has no seal yet; without this, a threshold or a case edited before `resume` would count.
    """
    run, plan = read_run(folder), read_plan(folder)
    gate = load_gate(folder.gate, metric_facts)
    for what, begun, now in (
        ("gate", run.gate_digest, gate.digest),
        ("plan", run.plan_digest, plan_digest(plan)),
        ("corpus", run.documents_digest, digest_of_documents(folder)),
    ):
        if begun != now:
            raise EvidenceError(
                f"{folder.inputs}: the {what} is not the one that the run began with ({begun[:12]}, now {now[:12]})",
                next_step="run the gate again: a run is about one gate and one plan",
            )
    return run, gate, plan


def judge(folder: RunFolder, lines: Sequence[Line]) -> Record:
    """Score, measure and decide. Raises EvidenceError or MissingData where the folder is not whole."""
    run, gate, plan = inputs_of(folder)
    asks = plan.asks
    closing = read_noun(folder.path / "closing.json", Closing)
    corpus = load_corpus(folder.inputs)
    planned = {ask.key: ask for ask in asks}
    observations = observations_of(gate, asks, lines)
    scorer_of = _scorers(corpus, _judged(folder, run, gate, planned), observations, gate.allowed_hosts)
    scores = score_all(gate, asks, observations, scorer_of)
    verdict = decide(
        gate,
        measure(gate, asks, scores, scorer_of),
        ledgers(gate, asks, observations),
        [*_faults(run, closing, lines, planned), *stale_judge(gate, read_certificate(), closing.finished_at)],
        run.release_digest,
        closing.finished_at,
    )
    verdict = replace(verdict, claims=claims(gate, asks, scores, scorer_of, run.probe_versions))
    ordered = tuple(observations[key] for key in sorted(observations))
    matrix = folder.inputs / FILE
    return Record(run, gate, verdict, asks, ordered, scores, read_matrix(matrix) if matrix.is_file() else None)


def judge_digest(run: Run) -> str:
    """The digest of the judge that the run began with; empty where it has none."""
    return next((version for name, version in run.scorer_versions.items() if name.startswith(JUDGED)), "")


def _judged(folder: RunFolder, run: Run, gate: Gate, planned: Mapping[Key, Ask]) -> JudgedValues:
    return read_judged(folder.judgements, judge_digest(run), planned) if gate.judge else UNJUDGED


def _scorers(corpus: Corpus, judged: JudgedValues, replies: Replies, hosts: Sequence[str]) -> Callable[[str], Scorer]:
    """Each scorer made once for the run."""
    made: dict[str, Scorer] = {}

    def scorer_of(name: str) -> Scorer:
        if name not in made:
            made[name] = scorer_named(name, corpus, judged, replies, hosts)
        return made[name]

    return scorer_of


def stale_judge(gate: Gate, certificate: Certificate, decided_at: str) -> list[Fault]:
    """A fault where a blocking rule rests on a judge whose agreement with people is not certified on that day."""
    rules = [rule for suite in gate.suites for rule in suite.rules if rule.metric == GROUNDEDNESS]
    if all(rule.severity != "blocker" for rule in rules):
        return []
    if not certificate.is_for(LexicalJudge().digest):
        return [Fault("STALE_JUDGE", "the certificate of the groundedness judge was given to another judge")]
    if not certificate.is_valid(date.fromisoformat(decided_at[:10])):
        spoken = f"from {certificate.issued} until before {certificate.expires}"
        return [Fault("STALE_JUDGE", f"the certificate of the groundedness judge speaks {spoken}")]
    return []


def _faults(run: Run, closing: Closing, lines: Sequence[Line], planned: Mapping[Key, Ask]) -> list[Fault]:
    """What makes the evidence itself unfit."""
    faults: list[Fault] = []
    if closing.release_digest != run.release_digest:
        now = closing.release_digest[:12] or "no longer named"
        faults.append(Fault("RELEASE_CHANGED", f"the release was {run.release_digest[:12]} and is {now} after the run"))
    counts = Counter(line.key for line in lines)
    unknown = sum(1 for key in counts if key not in planned)
    if unknown:
        faults.append(Fault("UNPLANNED_EVIDENCE", f"{unknown} observations belong to no planned ask"))
    doubled = sum(1 for count in counts.values() if count > 1)
    if doubled:
        faults.append(Fault("UNPLANNED_EVIDENCE", f"{doubled} asks have more than one observation"))
    unasked = sum(1 for key in planned if key not in counts)
    if unasked:
        faults.append(Fault("MISSING_VALUES", f"{unasked} planned asks have no observation"))
    return faults
