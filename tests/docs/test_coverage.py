"""The reference pages against the code: every verb, option, key, metric, path and exit code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from harness.cli.main import VERBS, cli
from harness.domain.checks import EXIT_CODES
from harness.load import datasets, documents, rules, suites
from harness.scorers.catalogue import makers, metric_facts, scorer_named
from harness.scorers.retrieval import MEASURES, WHOLE_RANKING
from harness.scorers.scorer import Scorer
from harness.targets.wire import read_answer

MODELS: dict[tuple[str, str], type[BaseModel]] = {
    ("docs/suites.md", "gate"): suites._GateFile,
    ("docs/suites.md", "suite"): suites._SuiteFile,
    ("docs/suites.md", "cases"): suites._SelectionFile,
    ("docs/suites.md", "probes"): suites._ProbesFile,
    ("docs/suites.md", "imports"): suites._ImportFile,
    ("docs/suites.md", "judge"): suites._JudgeFile,
    ("docs/suites.md", "rule"): rules.RuleFile,
    ("docs/datasets.md", "principal"): datasets._PrincipalLine,
    ("docs/datasets.md", "case"): datasets._CaseLine,
    ("docs/datasets.md", "judgment"): datasets._JudgmentItem,
    ("docs/datasets.md", "document"): documents._Head,
}
USAGE_ERROR, INTERNAL_ERROR = 2, 5
MADE_BY_READERS = re.compile(r"[<*{]|^(?:reports|\.work)/(?!README)")
"""Paths that stand for what a run or a reader makes."""


def _rows(text: str, marker: str) -> list[list[str]]:
    """The cells of the table that follows a marker."""
    lines = text.split(f"<!-- {marker} -->\n", 1)[1].lstrip("\n").split("\n")
    table = lines[: next(at for at, line in enumerate([*lines, ""]) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        elif command is not None:
            yield f"{path} {name}", command


def test_every_verb_and_every_option_is_on_a_page(page_texts: dict[str, str]) -> None:
    everything = "\n".join(page_texts.values())
    commands = dict(_commands(cli, "harness"))

    missing = {name for name in commands if f"{name} " not in everything and f"{name}`" not in everything}
    missing |= {
        f"{name} {option}"
        for name, command in commands.items()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--") and not re.search(rf"{option}(?![\w-])", everything)
    }

    assert len(commands) > len(VERBS)
    assert missing == set()


def test_no_page_names_a_verb_or_an_option_that_is_not_there(page_texts: dict[str, str]) -> None:
    commands = dict(_commands(cli, "harness"))
    known = {option for command in commands.values() for item in command.params for option in item.opts}
    known |= {"--help", "--version"}

    strange = set()
    for name, text in page_texts.items():
        for call in re.findall(r"(?:^\$ |`)(harness [a-z][^`\n]*)", text, re.MULTILINE):
            words = call.split(" | ")[0].split()
            strange |= {f"{name}: {call}"} if words[1] not in VERBS else set()
            strange |= {
                f"{name}: {word}" for word in words if word.startswith("--") and word.split("=")[0] not in known
            }

    assert strange == set()


@pytest.mark.parametrize("place", MODELS, ids=" ".join)
def test_the_table_of_a_file_has_its_keys_in_order_with_their_defaults(
    place: tuple[str, str], page_texts: dict[str, str]
) -> None:
    page, name = place

    told = [(cells[0].strip("`"), cells[2].strip("`")) for cells in _rows(page_texts[page], f"keys: {name}")]

    assert told == [(key, _default(field)) for key, field in MODELS[place].model_fields.items()]


def test_a_document_in_one_file_has_two_more_keys_than_a_page(page_texts: dict[str, str]) -> None:
    more = set(documents._Line.model_fields) - set(documents._Head.model_fields)

    assert more == {"tenant", "text"}
    assert "with `tenant`\nand `text` beside them" in page_texts["docs/datasets.md"]


def test_the_page_of_metrics_has_every_metric_with_its_range_and_good_end(page_texts: dict[str, str]) -> None:
    scorers: dict[str, Scorer] = {name: make() for name, make in makers(None).items()}
    scorers |= {name: scorer_named(name, None) for name in WHOLE_RANKING}
    scorers |= {f"{name}@k": scorer_named(f"{name}@10", None) for name in MEASURES}

    told = {cells[0].strip("`"): tuple(cells[1:3]) for cells in _rows(page_texts["docs/metrics.md"], "metrics")}

    assert told == {
        name: (_range(scorer), "high" if scorer.higher_is_better else "low") for name, scorer in scorers.items()
    }


@pytest.mark.parametrize("page", ["docs/ci.md", "docs/architecture.md"])
def test_the_exit_codes_of_a_page_are_those_of_the_code(page: str, page_texts: dict[str, str]) -> None:
    told = dict(re.findall(r"^\| (\d) \| (.+?) \|", page_texts[page], re.MULTILINE))

    for outcome, code in EXIT_CODES.items():
        assert told[str(code)].startswith(outcome)
    assert "never a verdict" in told[str(USAGE_ERROR)]
    assert {int(code) for code in told} == {*EXIT_CODES.values(), USAGE_ERROR, INTERNAL_ERROR}
    assert not any(told[str(INTERNAL_ERROR)].startswith(outcome) for outcome in EXIT_CODES)


def test_every_link_and_every_path_on_a_page_leads_somewhere(page_texts: dict[str, str], repository: Path) -> None:
    roots = {path.name for path in repository.iterdir() if path.is_dir()} - {".cache", "shared"}
    broken = set()
    for name, text in page_texts.items():
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
            if "://" not in link and not (repository / name).parent.joinpath(link).exists():
                broken.add(f"{name}: {link}")
        for path in re.findall(r"`([\w.-]+/[^`\s]*)`", prose):
            first = path.partition("/")[0]
            if first in roots and not MADE_BY_READERS.search(path) and not (repository / path).exists():
                broken.add(f"{name}: {path}")

    assert broken == set()


def test_a_fragment_of_a_link_is_a_heading_of_its_page(page_texts: dict[str, str], repository: Path) -> None:
    missing = set()
    for name, text in page_texts.items():
        for link, fragment in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text):
            page = (repository / name).parent.joinpath(link) if link else repository / name
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            if fragment not in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}:
                missing.add(f"{name}: {link}#{fragment}")

    assert missing == set()


def test_the_mapping_of_the_example_reads_the_reply_of_the_foreign_system(repository: Path) -> None:
    gate = suites.load_gate(repository / "docs" / "examples" / "foreign.yaml", metric_facts)
    hit = '{"chunk": "c1", "position": 1, "content": "text", "org": "ash", "doc": {"key": "ash/leave"}}'
    body = f'{{"output": {{"text": "27 days", "declined": false}}, "hits": [{hit}]}}'

    answer = read_answer(body, "answer", gate.mapping)

    assert (answer.text, answer.refused) == ("27 days", False)
    assert [(item.id, item.rank, item.source.document_id) for item in answer.passages] == [("c1", 1, "ash/leave")]


def _default(field: Any) -> str:
    """As the tables write it."""
    if field.is_required():
        return "required"
    value = field.default
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return value if isinstance(value, str) and value else repr(value).replace("'", '"')


def _range(scorer: Scorer) -> str:
    return f"from {scorer.lowest:g}" if scorer.highest is None else f"{scorer.lowest:g} to {scorer.highest:g}"
