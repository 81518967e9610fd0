"""The command line, up to the point where it would listen."""

import json
from pathlib import Path
from types import ModuleType

from click.testing import CliRunner

from system_under_test.serve import main


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
