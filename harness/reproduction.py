"""One finding tried again: the same case and its controls, asked of a fresh target with the run's own corpus."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.domain.corpus import Corpus
from harness.domain.scores import Score
from harness.domain.suites import Gate
from harness.errors import InvalidInput
from harness.evidence.folder import RunFolder
from harness.execute.changes import fill
from harness.execute.engine import execute
from harness.execute.journal import Journal, observations_of, read_journal
from harness.execute.plan import Plan
from harness.execute.talk import talk_with
from harness.judgement import inputs_of
from harness.load.documents import load_corpus
from harness.load.strict import nearest
from harness.measure.scoring import Scorers, score_all, worst_of
from harness.scorers.catalogue import scorer_named
from harness.scorers.scorer import Scorer
from harness.targets.opening import Opened, Wish, open_target


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of trying again."""

    case_id: str
    scores: tuple[Score, ...]
    """Of the case over each route that the run asked; its controls are in no score."""
    hits: tuple[Score, ...]
    """Those at the worst value of a metric that tolerates none: the finding is still there."""
    undecided: tuple[Score, ...]
    """Those of such a metric without a value: an ask failed, or a control did not fire."""


def reproduce(folder: RunFolder, case_id: str, wish: Wish, cache: Path) -> Reproduction:
    """Ask the case again with everything that it needs: its controls, what it is compared with, the stages before it.

    The target is started afresh, or reached where the run reached it; the markers are the run's own. Raises
    InvalidInput for a case that the run does not know, and what `open_target` raises.
    """
    run, gate, plan = inputs_of(folder)
    wish = wish if wish.target else replace(wish, target=run.target)
    needed = _needed(plan, case_id)
    if not needed.asks:
        known = sorted({ask.case.id for ask in plan.asks})
        raise InvalidInput(
            f"{run.id} has no case {case_id!r}; {nearest(case_id, known)[:300]}",
            next_step=f"run `harness show {run.id}` to see what was found",
        )
    corpus = load_corpus(folder.inputs)
    with TemporaryDirectory(prefix="harness-target-") as work:
        opened = open_target(wish, folder.documents, Path(work), cache)
        journal = Path(work) / "again.jsonl"
        asyncio.run(_ask(gate, needed, corpus, opened, journal))
        observations = observations_of(gate, needed.asks, read_journal(journal))

    def scorer_of(name: str) -> Scorer:
        return scorer_named(name, corpus, replies=observations, hosts=gate.allowed_hosts)

    scores = score_all(gate, needed.asks, observations, scorer_of)
    return _judged(gate, case_id, tuple(score for score in scores if score.case_id == case_id), scorer_of)


async def _ask(gate: Gate, plan: Plan, corpus: Corpus, opened: Opened, path: Path) -> None:
    try:
        with Journal(path) as journal, talk_with(opened) as talk:
            if opened.fill:
                await fill(corpus.documents, talk)
            await execute(gate, plan, corpus.documents, frozenset(), talk, journal, lambda _: None)
    finally:
        await opened.target.close()


def _needed(plan: Plan, case_id: str) -> Plan:
    """The asks of the case and of all that it rests on, and the stages of its suite up to its own."""
    cases = {ask.case.id: ask.case for ask in plan.asks}
    wanted, names = [case_id], set[str]()
    while wanted:
        name = wanted.pop()
        if name in cases and name not in names:
            names.add(name)
            case = cases[name]
            wanted += [other for other in (case.twin, case.reference, case.repeated) if other]
    asks = tuple(ask for ask in plan.asks if ask.case.id in names and ask.attempt == 1)
    last = max((ask.case.stage for ask in asks), default=0)
    suites = {ask.suite for ask in asks}
    return Plan(asks, tuple(stage for stage in plan.stages if stage.suite in suites and stage.number <= last))


def _judged(gate: Gate, case_id: str, scores: tuple[Score, ...], scorer_of: Scorers) -> Reproduction:
    intolerable = {
        (suite.name, rule.metric) for suite in gate.suites for rule in suite.rules if rule.bound == "zero_tolerance"
    }
    decisive = [score for score in scores if (score.suite, score.metric) in intolerable]
    return Reproduction(
        case_id,
        scores,
        hits=tuple(
            score for score in decisive if not score.errored and score.value == worst_of(scorer_of(score.metric))
        ),
        undecided=tuple(score for score in decisive if score.value is None or score.errored),
    )
