"""The straight line, readable from top to bottom.

    declared files -> load -> plan -> execute(target) -> observations -> execute(judge, where one is declared)
        -> score -> measure -> decide -> evidence

`run_gate` walks it, and `resume` enters it again after a cut. `recompute` walks the part right of the observations
once more, offline, from the folder alone, and must arrive at the same bytes.
"""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from harness.domain.cases import Canary
from harness.domain.checks import Verdict
from harness.domain.corpus import Document, GoldenSet
from harness.domain.runs import Record, Run
from harness.domain.suites import Gate
from harness.errors import EvidenceError, InvalidInput, TargetError
from harness.evidence.folder import (
    Closing,
    RunFolder,
    broken_seals,
    json_text,
    plain,
    read_noun,
    seal,
    write_json,
    write_text,
)
from harness.evidence.inputs import digest_of_documents, keep_documents, keep_inputs, keep_run
from harness.evidence.matrices import newest_matrix, write_matrix
from harness.evidence.tables import read_observations, write_observations, write_scores
from harness.execute.changes import fill
from harness.execute.engine import Progress, execute
from harness.execute.journal import Journal, Line, observations_of, read_journal
from harness.execute.judging import Judge, judge_replies, open_judge
from harness.execute.plan import Plan, plan
from harness.execute.talk import talk_with
from harness.judgement import inputs_of, judge, judge_digest
from harness.lifecycle.datasets.importer import import_dataset
from harness.load.canaries import load_planted
from harness.load.datasets import load_golden_set
from harness.load.documents import load_corpus
from harness.load.suites import load_gate
from harness.probes.canaries import plant
from harness.provenance import CODE, Identity, code_digest, describe_run
from harness.report.html import render_html
from harness.report.junit import render_junit
from harness.report.markdown import render_summary
from harness.scorers.catalogue import metric_facts, scorer_named
from harness.scorers.recorded import UNJUDGED, JudgedValues
from harness.scorers.scorer import Scorer
from harness.targets.opening import Opened, Wish, open_target
from harness.targets.target import Release

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Order:
    """What `harness gate` was asked to do."""

    gate: Path
    wish: Wish
    """Its `target` may be empty: then the gate's own default is taken."""
    reports: Path
    cache: Path
    data: Path
    """Folder of public data, for golden sets that are declared as imports."""
    planted: Path | None = None
    """For a target by address: the folder that `harness dataset plant` wrote, whose corpus the target now holds."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where the address and the key of a judge are looked up; never kept."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a caller may watch: told the number of planned asks, then each batch that is finished."""

    planned: Callable[[str, int, int], None]
    """Run id, asks planned, asks already done."""
    asked: Progress
    stage: Callable[[str], None]
    """A sentence on what comes next."""


def run_gate(order: Order, steps: Steps, clock: Clock) -> tuple[Record, RunFolder]:
    """Judge one release. Raises HarnessError where there can be no verdict.

    A target that never said what it is leaves no folder behind; once asking began, what was asked is kept.
    """
    folder, instrument = _asked(order, steps, clock)
    return _finish(folder, instrument, steps), folder


def decide_gate(order: Order, steps: Steps, clock: Clock) -> Record:
    """The decision of `run_gate` without its evidence: what asking left in the folder is not made tables of, or sealed.

    For the selftest, which wants the verdict on each of many systems. Raises HarnessError as `run_gate` does.
    """
    folder, instrument = _asked(order, steps, clock)
    return _decided(folder, tuple(read_journal(folder.journal)), instrument, steps)


def _asked(order: Order, steps: Steps, clock: Clock) -> tuple[RunFolder, Judge | None]:
    """Everything up to the last reply: the folder that it is in, and the judge that the gate declares."""
    gate = load_gate(order.gate, metric_facts)
    instrument = open_judge(gate, order.environment)
    judged = JudgedValues(instrument.digest) if instrument else UNJUDGED
    wish = order.wish if order.wish.target else replace(order.wish, target=gate.target)
    golden_set = _golden_set(gate, order.data, steps)
    documents, canaries = _documents_and_canaries(gate, golden_set, wish, order.planted)
    planned = plan(gate, golden_set, canaries)
    started = clock()
    folder = _new_folder(order.reports, gate, started)
    keep_documents(folder, documents)
    keep_inputs(folder, order.gate, gate, planned, canaries)
    if matrix := newest_matrix(order.reports, code_digest()):
        write_matrix(folder.inputs, matrix)
    identity, given = Identity(folder.path.name, wish.target, _utc(started)), load_corpus(folder.inputs)

    def scorer_of(name: str) -> Scorer:
        return scorer_named(name, given, judged, hosts=gate.allowed_hosts)

    def describe(release: Release) -> Run:
        run = describe_run(identity, gate, golden_set, release, planned, scorer_of, digest_of_documents(folder))
        keep_run(folder, run)
        return run

    try:
        _ask_all(folder, gate, planned, wish=wish, cache=order.cache, describe=describe, steps=steps, clock=clock)
    finally:
        if not (folder.path / "run.json").is_file():
            shutil.rmtree(folder.path)
    return folder, instrument


def resume(
    folder: RunFolder,
    wish: Wish,
    cache: Path,
    steps: Steps,
    clock: Clock,
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Record:
    """Finish a run that was cut: only what is not yet kept is asked, of the target and of the judge."""
    if folder.finished:
        raise InvalidInput(f"{folder.path.name} is finished", next_step=f"run `harness show {folder.path.name}`")
    run, gate, planned = inputs_of(folder)
    instrument = open_judge(gate, environment)
    if instrument and instrument.digest != judge_digest(run):
        raise EvidenceError(
            f"the judge is {instrument.digest[:12]}; the run began with {judge_digest(run)[:12]}",
            next_step="run the gate again: a run has one judge",
        )
    wish = wish if wish.target else replace(wish, target=run.target)
    if wish.target != run.target:
        raise InvalidInput(f"the run is about {run.target!r}, not {wish.target!r}", next_step="leave --target out")

    def describe(release: Release) -> Run:
        if release.digest != run.release_digest:
            raise EvidenceError(
                f"the target is release {release.digest[:12]}; the run began with {run.release_digest[:12]}",
                next_step="run the gate again: a run is about one release",
            )
        return run

    if not (folder.path / "closing.json").is_file():
        _ask_all(folder, gate, planned, wish=wish, cache=cache, describe=describe, steps=steps, clock=clock)
    return _finish(folder, instrument, steps)


def recompute(folder: RunFolder) -> tuple[Record | None, list[str]]:
    """The record from the folder alone, and what in it is not as it should be (empty: it all agrees, byte for byte).

    Where a seal is broken there is no record: what was changed is not read, let alone judged.
    """
    if not folder.finished:
        raise InvalidInput(
            f"{folder.path.name} is not finished", next_step=f"run `harness resume {folder.path.name}` first"
        )
    complaints = broken_seals(folder)
    if complaints:
        return None, complaints
    record = judge(folder, read_observations(folder.observations))
    for name, text in _rendered(record).items():
        if text.encode("utf-8") != (folder.path / name).read_bytes():
            complaints.append(f"{name}: made again, it is another one{_other_code(record.run)}")
    return record, complaints


def _other_code(run: Run) -> str:
    """Why a verdict may differ though nothing was changed in the folder, or the empty string."""
    then, now = run.environment.get(CODE, ""), code_digest()
    return "" if then == now else f" (the harness that judged it was {then[:12]}; this one is {now[:12]})"


def read_record(folder: RunFolder) -> Record:
    """A finished run for showing: its sealed verdict, with the scores behind it computed again.

    Whether the verdict can be recomputed is `verify`'s question: a later version of the harness may word it otherwise.
    Raises EvidenceError where the folder is not what was sealed, InvalidInput where the run is not finished.
    """
    if not folder.finished:
        raise InvalidInput(
            f"{folder.path.name} is not finished", next_step=f"run `harness resume {folder.path.name}` first"
        )
    complaints = broken_seals(folder)
    if complaints:
        raise EvidenceError(
            f"{folder.path} is not the evidence that was sealed: {'; '.join(complaints)}",
            next_step="do not rely on this verdict; run the gate again",
        )
    return replace(judge(folder, read_observations(folder.observations)), verdict=read_noun(folder.verdict, Verdict))


def _golden_set(gate: Gate, data: Path, steps: Steps) -> GoldenSet:
    """The frozen golden set; one that is declared as an import is made when its folder is not there yet."""
    folder = Path(gate.golden_set)
    if gate.imports and not folder.exists():
        steps.stage(f"importing {gate.imports.source} from {data}")
        place = folder.resolve()
        import_dataset(data / gate.imports.source, folder, gate.imports.layout, place.parent.name, place.name)
    return load_golden_set(folder)


def _documents_and_canaries(
    gate: Gate, golden_set: GoldenSet, wish: Wish, planted: Path | None
) -> tuple[tuple[Document, ...], tuple[Canary, ...]]:
    """The corpus for the target. Canaries are drawn afresh, unless the target already holds planted ones."""
    if planted is not None:
        return load_planted(planted, golden_set)
    if not gate.planted:
        return golden_set.corpus.documents, ()
    if wish.by_url and not wish.ingest:
        raise InvalidInput(
            f"the gate {gate.name!r} looks for canaries, and {wish.target} holds none that are known here",
            next_step=f"run `harness dataset plant {gate.golden_set} --out planted`, let the target take in "
            "planted/documents.jsonl, and pass --planted planted; or let the harness put them there, with --ingest",
        )
    fresh = plant(golden_set.corpus.tenants, gate.planted)
    return (*golden_set.corpus.documents, *fresh.documents), fresh.canaries


def _new_folder(reports: Path, gate: Gate, started: datetime) -> RunFolder:
    name = f"{gate.name}-{started.strftime('%Y%m%dt%H%M%Sz')}-{secrets.token_hex(2)}"
    folder = RunFolder(reports / name)
    folder.inputs.mkdir(parents=True)
    return folder


def _ask_all(  # noqa: PLR0913  the run, the target and the watchers
    folder: RunFolder,
    gate: Gate,
    planned: Plan,
    *,
    wish: Wish,
    cache: Path,
    describe: Callable[[Release], Run],
    steps: Steps,
    clock: Clock,
) -> None:
    """Open the target, make every ask that the journal lacks, and close the run."""
    done = frozenset(line.key for line in read_journal(folder.journal))
    with TemporaryDirectory(prefix="harness-target-") as work:
        steps.stage(f"starting the target {wish.target}")
        opened = open_target(wish, folder.documents, Path(work), cache)
        after = asyncio.run(_converse(folder, gate, planned, done, opened, describe, steps))
    write_json(folder.path / "closing.json", plain(Closing(_utc(clock()), after), Closing))


async def _converse(
    folder: RunFolder,
    gate: Gate,
    planned: Plan,
    done: frozenset[tuple[str, str, str, int]],
    opened: Opened,
    describe: Callable[[Release], Run],
    steps: Steps,
) -> str:
    """Name the release, ask, and name the release again; returns the second digest."""
    target = opened.target
    visitor = replace(planned.asks[0].case, credential="valid")
    try:
        with talk_with(opened) as talk:
            run = describe(await target.release(talk.token_of(visitor)))
            steps.planned(run.id, len(planned.asks), len(done))
            documents = load_corpus(folder.inputs).documents if planned.stages or opened.fill else ()
            if opened.fill:
                steps.stage(f"putting {len(documents)} documents into {target.name}")
                await fill(documents, talk)
            with Journal(folder.journal) as journal:
                await execute(gate, planned, documents, done, talk, journal, steps.asked)
            try:
                return (await target.release(talk.token_of(visitor))).digest
            except TargetError:
                return ""
    finally:
        await target.close()


def _finish(folder: RunFolder, instrument: Judge | None, steps: Steps) -> Record:
    """Journal -> tables, judgements, decision, reports, seal."""
    if folder.journal.is_file():
        write_observations(folder.observations, read_journal(folder.journal))
    record = _decided(folder, read_observations(folder.observations), instrument, steps)
    write_scores(folder.scores, record.scores)
    steps.stage("writing the report")
    for name, text in _rendered(record).items():
        write_text(folder.path / name, text)
    folder.journal.unlink(missing_ok=True)
    seal(folder)
    return record


def _decided(folder: RunFolder, lines: Sequence[Line], instrument: Judge | None, steps: Steps) -> Record:
    """Replies -> judgements, where the gate has a judge, and the decision."""
    if instrument is not None:
        steps.stage(f"asking the judge {instrument.model}")
        _, gate, planned = inputs_of(folder)
        observations = observations_of(gate, planned.asks, lines)
        asyncio.run(judge_replies(gate, planned.asks, observations, instrument, folder.judgements))
    steps.stage("measuring and deciding")
    return judge(folder, lines)


def _rendered(record: Record) -> dict[str, str]:
    """Every file that is a function of the record alone, by name: the same record gives the same bytes."""
    return {
        "verdict.json": json_text(plain(record.verdict, Verdict)),
        "report.html": render_html(record),
        "summary.md": render_summary(record),
        "junit.xml": render_junit(record),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
