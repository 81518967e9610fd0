"""What cannot be judged has an exit code that is no verdict, and says what is wrong and what to do."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.cli.main import run


def refusal(workplace: Any, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """The exit code and what was said on standard error; nothing may have been said on standard output."""
    code = workplace.harness("gate", *arguments)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert not list(workplace.reports.glob("*/verdict.json"))
    return code, printed.err


def test_an_unreachable_target_is_an_infrastructure_error_with_its_address_and_cause(
    workplace: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["identity", "--help"]) == 0
    identity = write_identity(workplace.path)
    capsys.readouterr()

    code, said = refusal(
        workplace, capsys, workplace.gate("quality"), "--target", "http://127.0.0.1:9", "--identity", identity
    )

    assert code == 5
    assert "http://127.0.0.1:9/v1/release cannot be reached" in said
    assert "next:  start the system" in said


def write_identity(folder: Path) -> Path:
    """An identity file with a fresh key."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    path = folder / "identity.json"
    path.write_text(json.dumps({"issuer": "i", "audience": "a", "key_id": "k", "private_key": "key.pem"}))
    return path


def test_an_unknown_target_is_refused_with_the_nearest_name(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refusal(workplace, capsys, workplace.gate("quality"), "--target", "small-onest")

    assert code == 4
    assert "did you mean 'small-honest'?" in said


def test_a_target_that_does_not_start_is_an_infrastructure_error(
    workplace: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refusal(workplace, capsys, workplace.gate("quality"), "--target", "small-unstartable")

    assert code == 5
    assert "'small-unstartable' did not start: RuntimeError: no model is there" in said


@pytest.mark.parametrize("address", ["http://someone:hunter2@127.0.0.1:9", "https://:hunter2@host.example/x"])
def test_a_password_in_an_address_is_refused_and_never_said(
    workplace: Any, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    code, said = refusal(workplace, capsys, workplace.gate("quality"), "--target", address)

    assert code == 4
    assert "hunter2" not in said


def test_an_isolation_gate_over_an_address_needs_what_was_planted_there(
    workplace: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refusal(workplace, capsys, workplace.gate("isolation"), "--target", "http://127.0.0.1:9")

    assert code == 4
    assert "harness dataset plant" in said


def test_a_gate_file_that_is_not_there_is_refused(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refusal(workplace, capsys, workplace.path / "nothing.yaml")

    assert code == 4
    assert "nothing.yaml: no such file" in said


def test_a_changed_golden_set_is_refused(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cases = workplace.path / "golden" / "1.0.0" / "cases" / "all.jsonl"
    cases.write_text(cases.read_text().replace('"grade": 3', '"grade": 1', 1))

    code, said = refusal(workplace, capsys, workplace.gate("quality"))

    assert code == 4
    assert "cases/all.jsonl is not the file that was frozen" in said


def test_a_target_that_leaves_the_process_does_not_decide_the_exit_code(
    workplace: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refusal(workplace, capsys, workplace.gate("quality"), "--target", "small-leaving")

    assert code == 5
    assert "before there was a verdict" in said


@pytest.mark.parametrize("text", ["raise SystemExit(0)", "import sys; sys.exit(1)", "raise KeyboardInterrupt"])
def test_a_module_that_leaves_when_it_is_imported_does_not_decide_the_exit_code(
    workplace: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.syspath_prepend(workplace.path)
    (workplace.path / "leaving_module.py").write_text(text)
    sys.modules.pop("leaving_module", None)

    code, _ = refusal(workplace, capsys, workplace.gate("quality"), "--target", "python:leaving_module:ask")

    assert code == 5


def test_a_fault_of_the_harness_is_never_a_verdict(workplace: Any, capsys: pytest.CaptureFixture[str]) -> None:
    workplace.reports.write_text("a file where a folder should be")

    code = workplace.harness("gate", workplace.gate("quality"))

    assert code in {2, 5}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [["gate"], ["gate", "--no-such-option"], ["no-such-verb"], [], ["gate", "a", "b"], ["verify", "--json=x"]],
    ids=["nothing to judge", "unknown option", "unknown verb", "no verb", "too much", "a value for a flag"],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str]) -> None:
    assert run(arguments) == 2


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["gate", "--help"]])
def test_asking_for_help_is_no_error(arguments: list[str]) -> None:
    assert run(arguments) == 0


HEAVY = ("mlflow", "ragas", "litellm", "sklearn", "scipy", "pandas", "qdrant_client", "numpy", "pydantic", "yaml")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom harness.cli.main import run\ncode = run(['--help'])\n"
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules], code)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.splitlines()[-1] == "loaded: [] 0"


@pytest.mark.slow
def test_a_closed_standard_output_is_no_verdict(finished: Any) -> None:
    program = "from harness.cli.main import main; main()"
    command = [sys.executable, "-c", program, *finished.arguments("show")]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(60)

    assert process.returncode not in {0, 1, 3}


def test_an_error_holds_nothing_that_a_terminal_would_obey(
    workplace: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(workplace.path)
    (workplace.path / "hostile_module.py").write_text("raise RuntimeError('\\x1b[2J\\r::set-output name=x::PASSED')")

    _, said = refusal(workplace, capsys, workplace.gate("quality"), "--target", "python:hostile_module:ask")

    assert "\x1b" not in said
    assert "\r" not in said
