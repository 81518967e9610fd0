"""Check 30 on the command line: what an auditor types, what is printed, and the exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from system_under_test.audit.commands import audit

FORGED_KEY = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"


@pytest.fixture
def key(ten: Any, tmp_path: Path) -> Path:
    """The public key, kept elsewhere."""
    path = tmp_path / "audit-key.pub"
    path.write_text(run("key", ten.folder / "audit-key.pem").output)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(audit, [str(argument) for argument in arguments])


def test_check_30_a_log_that_holds_has_exit_code_0(ten: Any, key: Path) -> None:
    result = run("verify", ten.folder, "--key", key)

    assert result.exit_code == 0
    assert "10 records hold" in result.output
    assert "10 of them are signed, by 4 checkpoints" in result.output
    assert ten.checkpoints()[-1].root.hex() in result.output
    assert "leave no trace in these files" in result.output


def test_check_30_a_tampered_log_has_exit_code_1_and_is_named(ten: Any, key: Path) -> None:
    lines = ten.lines()
    lines[5] = lines[5].replace(b"acme", b"acne")
    ten.put(lines)

    result = run("verify", ten.folder, "--key", key)

    assert result.exit_code == 1
    assert "the first bad sequence number is 6; a checkpoint vouches for 1 to 4" in result.output
    assert "next:" in result.output
    assert "acne" not in result.output


@pytest.mark.parametrize("option", ["--expect-size", "--checkpoint"])
def test_check_30_an_end_that_was_cut_off_with_its_checkpoints_is_shown_by_what_was_kept(
    ten: Any, key: Path, tmp_path: Path, option: str
) -> None:
    copy = tmp_path / "kept.jsonl"
    copy.write_bytes(ten.checkpoints_path.read_bytes().splitlines(keepends=True)[-1])
    value = {"--expect-size": 10, "--checkpoint": copy}[option]
    agreed = run("verify", ten.folder, "--key", key, option, value)
    ten.put(ten.lines()[:4])
    ten.put_checkpoints(ten.checkpoints()[:2])

    alone, compared = run("verify", ten.folder, "--key", key), run("verify", ten.folder, "--key", key, option, value)

    assert (agreed.exit_code, alone.exit_code, compared.exit_code) == (0, 0, 1)
    assert "the first bad sequence number is 5" in compared.output
    assert "leave no trace" not in agreed.output


def test_check_30_an_unsigned_end_and_an_unfinished_line_are_counted(write_log: Any, tmp_path: Path) -> None:
    crashed = write_log(tmp_path / "log", 7, close=False)
    key = tmp_path / "audit-key.pub"
    key.write_text(run("key", crashed.folder / "audit-key.pem").output)
    with crashed.path.open("ab") as file:
        file.write(b"torn")

    result = run("verify", crashed.folder, "--key", key)

    assert result.exit_code == 0
    assert "3 came after the last checkpoint and are not signed yet" in result.output
    assert "4 bytes after them are a line that was never acknowledged" in result.output


def test_check_30_inputs_that_cannot_be_used_have_exit_code_4(ten: Any, key: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "unreadable" / "audit.jsonl").mkdir(parents=True)
    forged, nothing = tmp_path / "forged.pub", tmp_path / "nothing.jsonl"
    forged.write_text(FORGED_KEY)
    nothing.write_bytes(b"")

    results = [
        run("verify", tmp_path / "empty", "--key", key),
        run("verify", tmp_path / "unreadable", "--key", key),
        run("verify", ten.folder, "--key", forged),
        run("verify", ten.folder, "--key", ten.folder / "audit-key.pem"),
        run("verify", ten.folder, "--key", key, "--checkpoint", nothing),
        run("verify", ten.folder, "--key", key, "--checkpoint", ten.path),
        run("prove", ten.folder, "no-such-record", "--key", key),
        run("check-proof", ten.path, "--key", key),
        run("key", key),
    ]

    assert [result.exit_code for result in results] == [4] * len(results)
    assert all("next:" in result.output for result in results)
    assert not any("PRIVATE" in result.output for result in results)


def test_check_30_verify_needs_a_key(ten: Any) -> None:
    assert run("verify", ten.folder).exit_code == 2


def test_check_30_a_record_is_proven_and_checked(ten: Any, key: Path, tmp_path: Path) -> None:
    made, file = run("prove", ten.folder, "record-6", "--key", key), tmp_path / "proof.json"
    file.write_text(made.output)

    checked = run("check-proof", file, "--key", key)
    file.write_text(made.output.replace("acme", "acne"))
    changed = run("check-proof", file, "--key", key)

    assert (made.exit_code, checked.exit_code, changed.exit_code) == (0, 0, 1)
    assert checked.output.startswith("proven: record 6 of 10 in rag-reference/audit/")
    assert json.loads(checked.output.split("\n", 1)[1])["record_id"] == "record-6"


def test_check_30_growth_is_proven_and_checked(ten: Any, key: Path, tmp_path: Path) -> None:
    since, file = tmp_path / "kept.jsonl", tmp_path / "proof.json"
    since.write_bytes(ten.checkpoints_path.read_bytes().splitlines(keepends=True)[1])
    made = run("prove-growth", ten.folder, since, "--key", key)
    file.write_text(made.output)

    checked = run("check-proof", file, "--key", key)

    assert (made.exit_code, checked.exit_code) == (0, 0)
    assert checked.output.startswith("proven: 4 records signed ")


def test_check_30_the_printed_key_is_public_and_the_private_one_never_printed(ten: Any, key: Path) -> None:
    printed = key.read_text()

    assert printed.startswith("-----BEGIN PUBLIC KEY-----")
    assert "PRIVATE" not in printed


def test_check_30_control_characters_in_a_record_are_not_printed(tmp_path: Path, write_log: Any) -> None:
    """A name in a record is somebody's input; a terminal must not obey it."""
    log = write_log(tmp_path / "log", 1, model="\x9b31m\u202eleft")
    key, file = tmp_path / "audit-key.pub", tmp_path / "proof.json"
    key.write_text(run("key", log.folder / "audit-key.pem").output)
    file.write_text(run("prove", log.folder, "record-1", "--key", key).output)

    output = run("check-proof", file, "--key", key).output

    assert '"model": "\\u009b31m\\u202eleft"' in output
    assert output.isprintable() or all(one.isprintable() or one == "\n" for one in output)
