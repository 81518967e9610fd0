"""Intents without an outcome, found in a log."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from system_under_test.audit.commands import audit
from system_under_test.audit.intents import Intents
from system_under_test.audit.log import AuditLog
from system_under_test.audit.records import Record


def intent(name: str) -> Record:
    return Record(name, "document_put", "intended", None, tenant="acme")


def outcome(name: str, of: str | None) -> Record:
    return Record(name, "document_put", "answered", 200, tenant="acme", intent_record_id=of)


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([], ()),
        ([intent("a"), outcome("b", "a")], ()),
        ([intent("a"), intent("b"), outcome("c", "b")], (1,)),
        ([intent("a"), outcome("b", None), outcome("c", "d"), intent("e")], (1, 4)),
    ],
    ids=["nothing", "paired", "one-left", "others-outcomes"],
)
def test_what_no_later_record_names_is_left(records: list[Record], left: tuple[int, ...]) -> None:
    intents = Intents()

    for place, record in enumerate(records, 1):
        intents.see({**record.fields(), "seq": place}, 0, 0)

    assert intents.without_outcome() == left


def test_many_are_named_up_to_a_bound_and_counted(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(25):
        log.append(intent(str(number))).result()
    log.close()
    key = tmp_path.parent / f"{tmp_path.name}.pub"
    key.write_text(CliRunner().invoke(audit, ["key", str(tmp_path / "audit-key.pem")]).output)

    result = CliRunner().invoke(audit, ["verify", str(tmp_path), "--key", str(key)])

    assert result.exit_code == 0
    assert result.output.count("outcome not recorded: record") == 20
    assert "note:  25 in all" in result.output
