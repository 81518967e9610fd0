"""The import contracts hold, and each of them fires when it is broken on purpose."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VIOLATIONS = {
    "the system under test imports the harness": ("system_under_test/nouns.py", "import harness.errors"),
    "the harness imports the system under test": ("harness/errors.py", "import system_under_test.nouns"),
    "load imports a scorer": ("harness/load/strict.py", "import harness.scorers.scorer"),
    "measure imports the command line": ("harness/measure/units.py", "import harness.cli.main"),
    "the gate imports a report": ("harness/gate.py", "import harness.report.console"),
    "a noun imports pydantic": ("harness/domain/cases.py", "import pydantic"),
    "a report imports MLflow": ("harness/report/console.py", "import mlflow"),
    "a scorer imports ragas": ("harness/scorers/grounding.py", "import ragas"),
    "a scorer imports LiteLLM": ("harness/scorers/recorded.py", "import litellm"),
    "the fit of the judge imports scikit-learn": ("harness/judges/fit.py", "import sklearn"),
    "the gateway imports LiteLLM": ("system_under_test/gateway/app.py", "import litellm"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder)}
    )


@pytest.fixture(scope="module")
def copied_sources(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for package in ("harness", "system_under_test"):
        shutil.copytree(repository / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", folder)
    return folder


@pytest.mark.slow
def test_the_contracts_hold(copied_sources: Path) -> None:
    result = _lint(copied_sources)

    assert result.returncode == 0, result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("file", "line"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_forbidden_import_breaks_a_contract(copied_sources: Path, file: str, line: str) -> None:
    source = copied_sources / file
    original = source.read_text(encoding="utf-8")
    source.write_text(f"{original}\n{line}\n", encoding="utf-8")

    result = _lint(copied_sources)
    source.write_text(original, encoding="utf-8")

    assert result.returncode != 0, result.stdout
