"""The entry points with the real retriever: one question end to end, and the one fault of the leaky variant."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from system_under_test.config import SetupError, parse_setup
from system_under_test.target import _tracing, reference, reference_leaky

QUESTION = {"question": "How many days of annual leave do I get a year?"}
FACTS = {"acme": "27 days", "globex": "31 days"}
Factory = Callable[[dict[str, Any]], Starlette]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, doubles: ModuleType) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "documents.jsonl"
    lines = []
    for tenant, fact in FACTS.items():
        for slug, title, sentence in [
            ("leave", "Annual leave", f"Annual leave is {fact} a year for full-time staff."),
            ("pay", "Pay day", "Salaries are paid by bank transfer in the last week of the month."),
        ]:
            source = doubles.document(tenant, slug, title, f"# {title}\n\n{sentence}\n")
            fields = {name: getattr(source, name) for name in type(source).__dataclass_fields__}
            groups = {"allow_groups": ["everyone"], "deny_groups": []}
            lines.append(json.dumps({**fields, **groups}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    return doubles.Idp()


@pytest.fixture
def start(documents: Path, idp: Any, repository: Path, tmp_path: Path) -> Iterator[Callable[[Factory], Starlette]]:
    """Starts a variant, and closes it after the test."""
    started: list[Starlette] = []

    def begin(factory: Factory) -> Starlette:
        issuer = {"issuer": idp.issuer, "audience": "rag", "jwks": idp.jwks()}
        app = factory(
            {
                "documents": str(documents),
                "work_folder": str(tmp_path / str(len(started))),
                "cache_folder": str(repository / ".cache"),
                "issuers": [issuer],
            }
        )
        started.append(app)
        return app

    yield begin
    for app in started:
        app.state.close()


def ask(app: Starlette, headers: dict[str, str], body: Mapping[str, object]) -> httpx.Response:
    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
            return await client.post("/v1/answer", json=body, headers=headers)

    return asyncio.run(run())


@pytest.mark.parametrize("route", ["fast", "better"])
def test_each_tenant_gets_its_own_fact_cited(start: Callable[[Factory], Starlette], idp: Any, route: str) -> None:
    app = start(reference)

    for tenant, fact in FACTS.items():
        body = ask(app, idp.headers(tenant=tenant), {**QUESTION, "route": route}).json()
        assert fact in body["answer"]
        assert body["route"]["model"] == f"extractive/{route}"
        assert {passage["tenant"] for passage in body["passages"]} == {tenant}
        quoted = {passage["id"]: passage["text"] for passage in body["passages"]}
        assert all(citation["quote"] in quoted[citation["passage_id"]] for citation in body["citations"])


def test_the_leaky_variant_leaks_and_is_otherwise_the_same(start: Callable[[Factory], Starlette], idp: Any) -> None:
    right, leaky = start(reference), start(reference_leaky)

    kept, leaked = (ask(app, idp.headers(), QUESTION).json() for app in (right, leaky))

    assert {passage["tenant"] for passage in kept["passages"]} == {"acme"}
    assert {passage["tenant"] for passage in leaked["passages"]} == {"acme", "globex"}
    assert ask(leaky, idp.headers(aud="other"), QUESTION).status_code == 401


def test_an_unknown_key_in_the_setup_is_refused() -> None:
    with pytest.raises(SetupError, match="leaky"):
        reference({"documents": "d", "work_folder": "w", "cache_folder": "c", "issuers": [], "leaky": True})


@pytest.mark.parametrize(
    ("service", "environment", "traced"),
    [
        pytest.param({}, {}, False, id="neither"),
        pytest.param({"traces": "http://127.0.0.1:9/v1/traces"}, {}, True, id="the setting"),
        pytest.param({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True, id="OpenTelemetry's variable"),
        pytest.param({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False, id="an empty variable"),
    ],
)
def test_spans_are_switched_on_by_a_setting_or_a_variable(
    service: dict[str, str], environment: dict[str, str], traced: bool
) -> None:
    issuer = {"issuer": "i", "audience": "a", "jwks": {"keys": []}}
    settings = parse_setup(
        {"documents": "d", "work_folder": "w", "cache_folder": "c", "issuers": [issuer], "service": service}
    )

    tracing = _tracing(settings, environment)

    assert (tracing is not None) is traced
    if tracing is not None:
        tracing.close()
