"""The credentials asked of whole services, from the plan to the scores: a strict one, and careless ones."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from harness.domain.observations import Observation
from harness.domain.scores import Score
from harness.domain.suites import ProbePlan
from harness.execute.engine import execute
from harness.execute.journal import Journal, observations_of, read_journal
from harness.execute.plan import plan
from harness.execute.talk import talk_with
from harness.load.documents import as_mapping
from harness.measure.scoring import ledgers, score_all
from harness.probes.authentication import CHECKS, CREDENTIALS
from harness.scorers.catalogue import scorer_named
from harness.targets.declared import Setting, start_declared
from harness.targets.http import HttpTarget
from harness.targets.identity import new_issuer
from harness.targets.opening import Opened

SCORERS = ("token_refused", "token_accepted", "distinguishable")

Asked = Callable[..., Any]


class Outcome:
    """What asking every credential of one service came to."""

    def __init__(self, observations: Mapping[Any, Observation], scores: tuple[Score, ...], ledger: Any) -> None:
        self.observations = observations
        self.ledger = ledger
        self._scores = scores

    def by_value(self, metric: str) -> dict[float | None, set[str]]:
        """The credentials, or the checks of good twins, by what they scored."""
        found: dict[float | None, set[str]] = {}
        for score in self._scores:
            if score.metric == metric:
                found.setdefault(score.value, set()).add(score.case_id.partition(".")[2])
        return found

    def reason(self, metric: str, name: str) -> str:
        """Why a credential scored what it did."""
        return next(score.reason for score in self._scores if (score.metric, score.case_id) == (metric, f"bad.{name}"))


@pytest.fixture
def documents(core: ModuleType, tmp_path: Path) -> Path:
    """A corpus of one document."""
    path = tmp_path / "documents.jsonl"
    document = core.document("north/leave", text="Annual leave is 27 days a year.")
    path.write_text(json.dumps(as_mapping(document)) + "\n")
    return path


def asked_of(core: ModuleType, opened: Opened, journal: Path) -> Outcome:
    """Asks every credential of a target."""
    rules = [core.zero_tolerance(name, id=name.replace("_", "-")) for name in SCORERS]
    gate = core.gate(core.suite(rules, selection=None, probes=ProbePlan("authentication")))
    planned = plan(gate, core.golden_set([core.case("a", question="Annual leave: how many days a year?")]), ())

    async def run() -> None:
        with talk_with(opened) as talk, Journal(journal) as lines:
            await execute(gate, planned, (), frozenset(), talk, lines, lambda _: None)
        await opened.target.close()

    asyncio.run(run())
    seen = observations_of(gate, planned.asks, read_journal(journal))
    scores = score_all(gate, planned.asks, seen, lambda name: scorer_named(name, None, replies=seen))
    return Outcome(seen, scores, ledgers(gate, planned.asks, seen)[0])


@pytest.fixture
def asked(core: ModuleType, small_system: ModuleType, documents: Path, tmp_path: Path) -> Asked:
    """Asks every credential of the small service, made with these changes."""

    def ask(**changes: Any) -> Outcome:
        issuer = new_issuer()
        trusted = {"issuer": issuer.name, "audience": issuer.audience, "jwks": issuer.public_keys()}
        service = small_system.Service({"documents": str(documents), "issuers": [trusted]}, **changes)
        transport = httpx.ASGITransport(app=small_system.application(service))
        client = httpx.AsyncClient(transport=transport, base_url="http://small.example")
        return asked_of(core, Opened(HttpTarget("small", client), issuer), tmp_path / "journal.jsonl")

    return ask


def test_a_strict_service_refuses_every_credential_alike_and_takes_every_good_twin(asked: Asked) -> None:
    outcome = asked()

    assert outcome.by_value("token_refused") == {1.0: set(CREDENTIALS)}
    assert outcome.by_value("token_accepted") == {1.0: set(CHECKS)}
    assert outcome.by_value("distinguishable").keys() == {0.0}
    assert outcome.ledger.answered == outcome.ledger.planned == len(CREDENTIALS) + len(CHECKS)
    assert {item.contacts for item in outcome.observations.values()} == {0}


@pytest.mark.slow
def test_the_reference_system_refuses_every_credential_alike_and_takes_every_good_twin(
    core: ModuleType, documents: Path, tmp_path: Path
) -> None:
    issuer = new_issuer()
    target = start_declared("reference", Setting(documents, tmp_path / "work", tmp_path / "cache", issuer))

    outcome = asked_of(core, Opened(target, issuer), tmp_path / "journal.jsonl")

    assert outcome.by_value("token_refused") == {1.0: set(CREDENTIALS)}
    assert outcome.by_value("token_accepted") == {1.0: set(CHECKS)}
    assert outcome.by_value("distinguishable").keys() == {0.0}
    assert {item.contacts for item in outcome.observations.values()} == {0}


@pytest.mark.parametrize(
    ("without", "accepted"),
    [
        pytest.param(["algorithm"], {"alg-none", "hmac-with-jwk", "alg-es384"}, id="believes the algorithm"),
        pytest.param(["member twice"], {"tenant-twice-own-last"}, id="takes the last of two members"),
        pytest.param(["strip"], {"tenant-padded-unbroken"}, id="takes blanks off the tenant"),
        pytest.param(
            ["two headers", "scheme", "place", "segments"],
            {"two-headers", "scheme-basic", "scheme-missing", "token-in-query", "json-general", "four-segments"},
            id="takes a request in any form",
        ),
    ],
)
def test_a_service_without_a_check_is_seen_to_accept_what_only_that_check_refuses(
    asked: Asked, without: list[str], accepted: set[str]
) -> None:
    refused = asked(without=without).by_value("token_refused")

    assert accepted <= refused[0.0]
    assert "expired" in refused[1.0]


@pytest.mark.parametrize(
    ("without", "called"),
    [
        pytest.param(["header jku"], {"key-url", "key-url-of-stranger"}, id="jku"),
        pytest.param(["header x5u"], {"chain-url", "chain-url-of-stranger"}, id="x5u"),
        pytest.param(["key id", "key id as address"], {"address-as-key-id"}, id="kid"),
    ],
)
def test_a_service_that_calls_an_address_in_a_token_is_seen_even_where_it_then_refuses_the_token(
    asked: Asked, without: list[str], called: set[str]
) -> None:
    outcome = asked(without=without)

    contacted = {item.case_id.removeprefix("bad.") for item in outcome.observations.values() if item.contacts}
    assert contacted == called
    assert called <= outcome.by_value("token_refused")[0.0]
    assert all("called an address" in outcome.reason("token_refused", name) for name in called)


def test_a_service_that_refuses_a_token_after_calling_its_address_is_told_by_the_call_alone(asked: Asked) -> None:
    outcome = asked(without=["header jku"])

    seen = next(item for item in outcome.observations.values() if item.case_id == "bad.key-url")
    assert (seen.status, seen.contacts) == (401, 1)


def test_a_service_that_says_what_was_wrong_is_told_by_its_refusals(asked: Asked) -> None:
    outcome = asked(tells=True)

    found = outcome.by_value("distinguishable")
    assert {"other-key", "tenant-unknown", "audience-wrong", "not-yet-valid"} <= found[1.0]
    assert outcome.by_value("token_refused") == {1.0: set(CREDENTIALS)}
    assert "told from bad.expired by its" in outcome.reason("distinguishable", "other-key")


def test_a_service_that_refuses_everybody_shows_nothing(asked: Asked) -> None:
    outcome = asked(patience=0)

    assert outcome.by_value("token_refused") == {None: set(CREDENTIALS)}
    assert outcome.by_value("token_accepted") == {0.0: set(CHECKS)}
    assert outcome.by_value("distinguishable").keys() == {None}


def test_a_service_that_closes_once_it_saw_many_bad_tokens_is_told_by_the_twins_of_the_later_checks(
    asked: Asked,
) -> None:
    outcome = asked(patience=40)

    accepted = outcome.by_value("token_accepted")
    assert accepted[1.0]
    assert accepted[0.0]
    assert outcome.by_value("token_refused")[None]
