"""The command line, up to the point where it would listen."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jwt
import pytest
from click.testing import CliRunner

from system_under_test.cli import main
from system_under_test.local_issuer import make_issuer
from system_under_test.serve import addresses, command


def arguments(tmp_path: Path, documents: str, jwks: str) -> list[str]:
    (tmp_path / "d.jsonl").write_text(documents, encoding="utf-8")
    (tmp_path / "k.json").write_text(jwks, encoding="utf-8")
    named = {"documents": "d.jsonl", "jwks": "k.json", "work-folder": "w", "cache-folder": "c"}
    paths = [f"--{name}={tmp_path / file}" for name, file in named.items()]
    return ["serve", *paths, "--issuer=https://idp.example", "--audience=rag", "--port=8080"]


def test_help_names_the_options() -> None:
    result = CliRunner().invoke(main, ["serve", "--help"])

    assert result.exit_code == 0
    assert "--leaky" in result.output


def test_a_file_that_is_no_key_set_is_told_without_a_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, arguments(tmp_path, "{}", '{"keys": [], "keys": []}'))

    assert result.exit_code == 1
    assert "duplicate member" in result.output


def test_a_broken_corpus_is_told_with_its_line(tmp_path: Path, doubles: ModuleType) -> None:
    result = CliRunner().invoke(main, arguments(tmp_path, "{}", json.dumps(doubles.Idp().jwks())))

    assert result.exit_code == 1
    assert "d.jsonl:1" in result.output


def test_a_limit_storage_that_cannot_be_used_is_told_without_its_password(tmp_path: Path, doubles: ModuleType) -> None:
    source = doubles.document("acme", "leave", "Leave", "Leave is 27 days.")
    members = {name: getattr(source, name) for name in type(source).__dataclass_fields__}
    line = json.dumps({**members, "allow_groups": ["everyone"], "deny_groups": []})
    storage = "--limit-storage=memcached://user:hunter2@host:11211"

    result = CliRunner().invoke(main, [*arguments(tmp_path, line, json.dumps(doubles.Idp().jwks())), storage])

    assert result.exit_code == 1
    assert "limit_storage" in result.output
    assert "hunter2" not in result.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param([], "--local-issuer alone", id="no-issuer"),
        pytest.param(["--issuer=https://idp.example"], "--local-issuer alone", id="half-an-issuer"),
        pytest.param(["--local-issuer=x", "--audience=rag"], "--local-issuer excludes", id="two-issuers"),
    ],
)
def test_an_issuer_is_named_whole_or_is_the_local_one(tmp_path: Path, options: list[str], told: str) -> None:
    (tmp_path / "d.jsonl").write_text("{}", encoding="utf-8")

    result = CliRunner().invoke(main, ["serve", f"--documents={tmp_path / 'd.jsonl'}", "--port=8080", *options])

    assert result.exit_code == 2
    assert told in result.output


def test_the_operations_port_is_another_than_the_callers(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [*arguments(tmp_path, "{}", '{"keys": []}'), "--operations-port=8080"])

    assert result.exit_code == 2
    assert "must be another one" in result.output


def test_operations_are_listened_to_on_this_machine_alone_unless_told_otherwise() -> None:
    described = {option.name: option for option in command.params}

    assert described["operations_host"].default == "127.0.0.1"
    assert addresses("0.0.0.0", 80, "127.0.0.1", 9_090) == [("0.0.0.0", 80), ("127.0.0.1", 9_090)]
    assert addresses("0.0.0.0", 80, "127.0.0.1", None) == [("0.0.0.0", 80)]


def test_a_token_is_printed_for_the_local_issuer(tmp_path: Path) -> None:
    make_issuer(tmp_path)
    ask = ["token", f"--issuer-folder={tmp_path}", "--tenant=acme", "--group=staff"]

    result = CliRunner().invoke(main, ask)

    assert result.exit_code == 0
    claims = jwt.decode(result.output.strip(), options={"verify_signature": False})
    assert (claims["tenant"], claims["groups"], claims["clearance"]) == ("acme", ["staff"], "internal")


def test_the_verbs_are_listed_without_loading_them() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "system_under_test", "--help"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert all(verb in done.stdout for verb in ("serve", "token", "ingest", "reconcile", "audit"))
    assert "litellm" not in done.stderr


def test_the_auditors_commands_are_reached_from_here() -> None:
    result = CliRunner().invoke(main, ["audit", "--help"])

    assert result.exit_code == 0
    assert "check-proof" in result.output
