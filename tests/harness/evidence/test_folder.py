"""The folder of a run: what is written is read again, what is changed is seen, what is no run is refused."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.cases import Ask, Case
from harness.domain.runs import Run
from harness.domain.stages import Change, Stage
from harness.errors import EvidenceError, HarnessError, InvalidInput, MissingData
from harness.evidence.folder import (
    Closing,
    RunFolder,
    broken_seals,
    folder_of,
    json_text,
    plain,
    plan_digest,
    read_lines,
    read_noun,
    read_plan,
    read_run,
    read_verdict_outcome,
    run_folders,
    seal,
    write_json,
    write_lines,
    write_plan,
    write_text,
)
from harness.evidence.inputs import keep_documents, keep_inputs, keep_run
from harness.execute.plan import Plan


def run_of(name: str = "gate-1", started: str = "2026-01-01T00:00:00Z") -> Run:
    """A run of that id."""
    return Run(
        id=name,
        gate="gate",
        gate_version="1",
        gate_digest="6" * 64,
        golden_set="golden 1.0.0",
        golden_set_digest="d" * 64,
        corpus_digest="c" * 64,
        target="small",
        release={"name": "small", "nested": {"list": [1, 2.5, None, "ü"]}},
        release_digest="7" * 64,
        started_at=started,
        scorer_versions={"answered": "1"},
        probe_versions={},
        environment={"python": "3.11"},
        planned=2,
        plan_digest="8" * 64,
    )


def asks_of(core: ModuleType) -> tuple[Ask, ...]:
    """Asks whose cases use every member of a case."""
    suite = core.suite([core.rule()], routes=("", "fast"), repeats=2)
    cases = [
        core.case("a", tags=("t",)),
        *core.forbidden_pair("f"),
        *core.probe_pair("p"),
        core.case("ü\u2028", "probe"),
    ]
    asks: tuple[Ask, ...] = core.asks_of(suite, cases)
    return asks


def filled(folder: Path, core: ModuleType) -> RunFolder:
    """A folder with a run, a plan, a verdict and a file of bytes, sealed."""
    run_folder = RunFolder(folder)
    write_plan(run_folder, Plan(asks_of(core), ()))
    keep_run(run_folder, run_of(folder.name))
    write_json(run_folder.verdict, {"outcome": "PASSED"})
    write_text(run_folder.path / "report.html", "<p>PASSED</p>")
    (run_folder.path / "observations.parquet").write_bytes(bytes(range(256)))
    seal(run_folder)
    return run_folder


def test_a_plan_is_read_as_it_was_written(core: ModuleType, tmp_path: Path) -> None:
    folder, asks = RunFolder(tmp_path), asks_of(core)

    write_plan(folder, Plan(asks, ()))

    assert read_plan(folder) == Plan(asks, ())


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)

    keep_run(folder, run_of())

    assert read_run(folder) == run_of()


def test_the_inputs_are_kept_byte_for_byte(core: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "suites"
    (source / "release").mkdir(parents=True)
    (source / "release.yaml").write_bytes(b"gate: x\r\n# \xc3\xbc\n")
    (source / "release" / "one.yaml").write_bytes(b"suite: one\n\n")
    folder = RunFolder(tmp_path / "run")
    plan = Plan(asks_of(core), (Stage("suite", 1, (Change("put", core.document("north/new")),)),))

    keep_inputs(folder, source / "release.yaml", core.gate(files=("release/one.yaml",)), plan, [core.CANARY])
    keep_documents(folder, [core.document("north/leave")])

    assert folder.gate.read_bytes() == (source / "release.yaml").read_bytes()
    assert (folder.gate.parent / "release" / "one.yaml").read_bytes() == b"suite: one\n\n"
    assert read_plan(folder) == plan
    assert json.loads(folder.documents.read_text())["id"] == "north/leave"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"question": "Something easier?"}, id="question"),
        pytest.param({"judgments": ()}, id="judgments"),
        pytest.param({"facts": (("anything",),)}, id="facts"),
        pytest.param({"tags": ("easy",)}, id="tags"),
        pytest.param({"cluster": "another"}, id="cluster"),
        pytest.param({"credential": "valid "}, id="credential"),
        pytest.param({"twin": "another"}, id="twin"),
        pytest.param({"kind": "unanswerable"}, id="kind"),
    ],
)
def test_the_digest_of_a_plan_sees_everything_of_its_cases(core: ModuleType, change: dict[str, Any]) -> None:
    suite = core.suite([core.rule()])

    one = plan_digest(Plan(core.asks_of(suite, [core.case("a")]), ()))
    other = plan_digest(Plan(core.asks_of(suite, [core.case("a", **{"kind": "answerable", **change})]), ()))

    assert one != other


def test_the_digest_of_a_plan_sees_what_is_changed_between_the_asks(core: ModuleType) -> None:
    asks, change = asks_of(core), Change("put", core.document("north/new"))
    stages = [(), (Stage("suite", 1, (change,)),), (Stage("suite", 1, (change,), cancelled=3),)]

    digests = {plan_digest(Plan(asks, stage)) for stage in stages}

    assert len(digests) == len(stages)


def test_the_digest_of_a_plan_sees_its_asks(core: ModuleType) -> None:
    once, twice = core.suite([core.rule()]), core.suite([core.rule()], repeats=2)

    plans = [Plan(core.asks_of(suite, [core.case("a")]), ()) for suite in (once, twice)]

    assert plan_digest(plans[0]) != plan_digest(plans[1])


def test_a_plan_that_names_a_case_it_does_not_hold_is_refused(core: ModuleType, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_plan(folder, Plan(asks_of(core), ()))
    write_lines(folder.inputs / "cases.jsonl", [core.case("a")], Case)

    with pytest.raises(EvidenceError, match="which is not among its cases"):
        read_plan(folder)


def test_an_untouched_folder_has_no_broken_seal(core: ModuleType, tmp_path: Path) -> None:
    assert broken_seals(filled(tmp_path / "run", core)) == []


@settings(max_examples=60, deadline=None)
@given(which=st.integers(0, 10), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_bit_that_turns_over_in_any_file_is_seen(
    core: ModuleType, tmp_path_factory: pytest.TempPathFactory, which: int, place: int, bit: int
) -> None:
    folder = filled(tmp_path_factory.mktemp("flip") / "run", core)
    files = sorted(path for path in folder.path.rglob("*") if path.is_file() and path.stat().st_size)
    path = files[which % len(files)]
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)

    try:
        complaints = broken_seals(folder)
    except EvidenceError as refusal:
        complaints = [str(refusal)]

    assert complaints
    assert path == folder.manifest or any(path.name in complaint for complaint in complaints)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(lambda at: (at / "report.html").unlink(), "report.html: missing", id="removed"),
        pytest.param(lambda at: (at / "note.txt").write_text("x"), "note.txt: not in the manifest", id="added"),
        pytest.param(
            lambda at: (at / "verdict.json.unfinished").write_text("x"),
            "verdict.json.unfinished: not in the manifest",
            id="unfinished",
        ),
        pytest.param(lambda at: (at / "report.html").write_text(""), "report.html: changed", id="emptied"),
        pytest.param(
            lambda at: (at / "report.html").rename(at / "other.html"), "other.html: not in the manifest", id="renamed"
        ),
        pytest.param(
            lambda at: (at / "inputs" / "plan.jsonl").unlink(), "inputs/plan.jsonl: missing", id="removed inside"
        ),
        pytest.param(
            lambda at: (at / "inputs" / ".hidden").write_text("x"), "inputs/.hidden: not in the manifest", id="hidden"
        ),
    ],
)
def test_a_file_that_was_changed_added_or_removed_is_named(
    core: ModuleType, tmp_path: Path, change: Callable[[Path], object], complaint: str
) -> None:
    folder = filled(tmp_path / "run", core)

    change(folder.path)

    assert complaint in broken_seals(folder)


def replace_by_link(folder: Path) -> str:
    """A file gives way to a link to the very same bytes elsewhere, where they can be changed later."""
    (folder / "report.html").rename(folder.parent / "elsewhere.html")
    (folder / "report.html").symlink_to(folder.parent / "elsewhere.html")
    return "report.html"


def add_link_to_folder(folder: Path) -> str:
    """A link to a folder, whose files are not looked at."""
    (folder.parent / "elsewhere").mkdir()
    (folder / "more").symlink_to(folder.parent / "elsewhere")
    return "more"


def add_dangling_link(folder: Path) -> str:
    """A link to nothing."""
    (folder / "gone").symlink_to(folder.parent / "nothing")
    return "gone"


def add_pipe(folder: Path) -> str:
    """A pipe, which would be read for ever."""
    os.mkfifo(folder / "pipe")
    return "pipe"


@pytest.mark.parametrize("change", [replace_by_link, add_link_to_folder, add_dangling_link, add_pipe])
def test_what_is_not_a_plain_file_is_never_evidence(
    core: ModuleType, tmp_path: Path, change: Callable[[Path], str]
) -> None:
    folder = filled(tmp_path / "run", core)

    name = change(folder.path)

    assert f"{name}: not a plain file" in broken_seals(folder)
    with pytest.raises(EvidenceError, match=f"{name} cannot be sealed"):
        seal(folder)


@pytest.mark.parametrize("content", ["", "{}", '{"files": 1}', '{"files": {"a": 1}}', "[]", "{", "\ufeff"])
def test_a_manifest_that_is_none_is_refused(core: ModuleType, tmp_path: Path, content: str) -> None:
    folder = filled(tmp_path / "run", core)
    folder.manifest.write_text(content)

    with pytest.raises(EvidenceError, match=r"manifest\.json"):
        broken_seals(folder)


def test_a_manifest_with_other_bytes_of_the_same_meaning_is_seen(core: ModuleType, tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", core)
    folder.manifest.write_text(json.dumps(json.loads(folder.manifest.read_text())))

    assert broken_seals(folder) == ["manifest.json: not as it was written"]


@pytest.mark.parametrize(
    "name",
    ["../run", "..", ".", "", "a/b", "run/../../x", "run\x00", "RUN", "-run", "r" * 101, "run\n", ".hidden"],
)
def test_a_name_that_leads_elsewhere_is_refused(core: ModuleType, tmp_path: Path, name: str) -> None:
    reports = tmp_path / "reports"
    filled(reports / "run", core)

    with pytest.raises(InvalidInput, match="is not the name of a run"):
        folder_of(reports, name)


def test_a_run_is_found_by_its_name_and_by_its_path(core: ModuleType, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    filled(reports / "run", core)

    assert folder_of(reports, "run") == folder_of(reports, f"{reports}/run/") == RunFolder(reports / "run")


def test_a_run_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no such run"):
        folder_of(tmp_path, "nothing")


def test_runs_are_listed_oldest_first(tmp_path: Path) -> None:
    for name, started in (("b", "2026-01-02T00:00:00Z"), ("c", "2026-01-01T00:00:00Z"), ("a", "2026-01-02T00:00:00Z")):
        keep_run(RunFolder(tmp_path / name), run_of(name, started))
    (tmp_path / "no-run").mkdir()

    assert [folder.path.name for folder in run_folders(tmp_path)] == ["c", "a", "b"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_text(tmp_path / "verdict.json", "first")
    (tmp_path / "verdict.json.unfinished").mkdir()  # the next write cannot begin

    with pytest.raises(OSError, match=r"verdict\.json\.unfinished"):
        write_text(tmp_path / "verdict.json", "second")

    assert (tmp_path / "verdict.json").read_text() == "first"


def test_what_is_left_unfinished_by_a_kill_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "verdict.json.unfinished").write_text("hal")

    write_text(tmp_path / "verdict.json", "whole")

    assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"finished_at": 1, "release_digest": ""}'])
def test_a_damaged_noun_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "closing.json").write_bytes(content)

    with pytest.raises(EvidenceError, match=r"closing\.json"):
        read_noun(tmp_path / "closing.json", Closing)


def test_a_missing_noun_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingData) as refusal:
        read_noun(tmp_path / "closing.json", Closing)

    assert refusal.value.next_step


def test_a_damaged_line_is_refused_by_number(core: ModuleType, tmp_path: Path) -> None:
    write_lines(tmp_path / "cases.jsonl", [core.case("a"), core.case("b")], Case)
    lines = (tmp_path / "cases.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "cases.jsonl").write_bytes(lines[0] + b"\xff\n" + lines[1])

    with pytest.raises(EvidenceError, match=r"cases\.jsonl:2"):
        list(read_lines(tmp_path / "cases.jsonl", Case))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"outcome": "FINE"}', '{"outcome": null}'])
def test_an_outcome_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "verdict.json").write_text(content)

    with pytest.raises(HarnessError, match=r"verdict\.json"):
        read_verdict_outcome(RunFolder(tmp_path))


def test_equal_values_have_equal_bytes_and_nan_has_none() -> None:
    assert json_text({"b": 1, "a": [1.5, "ü"]}) == json_text({"a": [1.5, "ü"], "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        json_text({"a": float("nan")})


def test_a_verdict_has_the_same_bytes_each_time(core: ModuleType) -> None:
    gate = core.gate(core.suite([core.rule()]))
    verdicts = [core.judged(gate, core.asks_of(gate.suites[0], [core.case("a")]), []) for _ in range(2)]

    texts = {json_text(plain(verdict, type(verdict))) for verdict in verdicts}

    assert len(texts) == 1
