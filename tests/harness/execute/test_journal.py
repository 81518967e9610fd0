"""The journal survives a cut at any byte, and tells of any line that was damaged."""

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.cases import Ask
from harness.domain.observations import Failure
from harness.errors import EvidenceError
from harness.execute.journal import Journal, Line, line_of, observation_of, read_journal
from harness.targets.wire import Reply


def asks(core: ModuleType) -> tuple[Ask, ...]:
    """Six asks."""
    return core.asks_of(core.suite([core.rule()]), [core.case(f"c{number}") for number in range(6)])  # type: ignore[no-any-return]


def reply_to(number: int) -> Reply:
    """A reply with text that takes several bytes a character, or none."""
    if number == 4:
        return Reply(0, "", 5.5, Failure("timeout", "no reply within 5 s"))
    return Reply(200, f'{{"answer": "Grüße {number} \u2028 \U0001f600\\n", "refused": false, "passages": []}}', 1.25)


def written(core: ModuleType, path: Path) -> list[Line]:
    """The six lines, written to a fresh journal."""
    lines = [line_of(ask, reply_to(number)) for number, ask in enumerate(asks(core))]
    path.unlink(missing_ok=True)
    with Journal(path) as journal:
        for line in lines:
            journal.write(line)
    return lines


def test_what_is_written_is_read_again(core: ModuleType, tmp_path: Path) -> None:
    lines = written(core, tmp_path / "journal.jsonl")

    assert list(read_journal(tmp_path / "journal.jsonl")) == lines


def test_an_observation_is_the_same_from_the_journal_as_from_the_reply(core: ModuleType, tmp_path: Path) -> None:
    lines = written(core, tmp_path / "journal.jsonl")

    for number, (ask, line) in enumerate(zip(asks(core), lines, strict=True)):
        observation = observation_of(ask, line, "answer", {})
        assert (observation.body, observation.key) == (reply_to(number).body, ask.key)
        assert (observation.answer is None) == (number == 4)


def test_a_missing_journal_has_no_lines(tmp_path: Path) -> None:
    assert list(read_journal(tmp_path / "none.jsonl")) == []


@settings(max_examples=120, deadline=None)
@given(cut=st.integers(0, 2000))
def test_after_a_cut_at_any_byte_the_whole_lines_survive_and_the_rest_is_written_again(
    core: ModuleType, tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    lines = written(core, path)
    content = path.read_bytes()
    path.write_bytes(content[:cut])

    kept = list(read_journal(path))
    assert kept == lines[: content[:cut].count(b"\n")]

    done = {line.key for line in kept}
    with Journal(path) as journal:
        for line in lines:
            if line.key not in done:
                journal.write(line)
    assert path.read_bytes() == content


@settings(max_examples=80, deadline=None)
@given(number=st.integers(0, 5), junk=st.binary(max_size=20).filter(lambda junk: b"\n" not in junk))
def test_a_damaged_line_is_told_by_its_number(
    core: ModuleType, tmp_path_factory: pytest.TempPathFactory, number: int, junk: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    written(core, path)
    whole = path.read_bytes().split(b"\n")
    whole[number] = junk
    path.write_bytes(b"\n".join(whole))

    with pytest.raises(EvidenceError, match=rf"damaged\.jsonl:{number + 1}: not a line of the journal"):
        list(read_journal(path))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(('"attempt":1', '"attempt":0'), id="attempt below one"),
        pytest.param(('"attempt":1', '"attempt":"1"'), id="attempt as text"),
        pytest.param(('"latency_ms":1.25', '"latency_ms":-1'), id="negative latency"),
        pytest.param(('"latency_ms":1.25', '"latency_ms":NaN'), id="latency that is no number"),
        pytest.param(('"status":200', '"status":200,"verdict":"PASSED"'), id="a key that no journal has"),
        pytest.param(('"fault_kind":null', '"fault_kind":"fine"'), id="a fault of no known kind"),
    ],
)
def test_a_line_that_no_run_writes_is_refused(core: ModuleType, tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "journal.jsonl"
    written(core, path)
    path.write_text(path.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")

    with pytest.raises(EvidenceError, match=r"journal\.jsonl:1"):
        list(read_journal(path))


def test_each_line_is_handed_over_before_the_next_ask(core: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"

    with Journal(path) as journal:
        journal.write(line_of(asks(core)[0], reply_to(0)))

        assert len(list(read_journal(path))) == 1


def test_a_closed_journal_takes_no_line(core: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="not open"):
        Journal(tmp_path / "journal.jsonl").write(line_of(asks(core)[0], reply_to(0)))
