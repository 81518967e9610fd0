"""Providers outside the openai package: Anthropic's protocol, and OpenAI's protocol through LiteLLM's own client."""

import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import system_under_test
from system_under_test.routing.clients import Clients, Completion
from system_under_test.routing.errors import FaultKind, RouteFailedError
from system_under_test.routing.evidence import Evidence
from system_under_test.routing.providers import COMPATIBLE, MESSAGES, READABLE, SDK
from system_under_test.routing.routes import HostedRoute, Timeouts, load_routes

# LiteLLM 1.106 reads an attribute that this pydantic deprecates, and warnings are errors here.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")

ROUTES = load_routes()
SENT = [{"role": "system", "content": "Cite."}, {"role": "user", "content": "How many days?"}]
PRICE = (1_000 * 0.15 + 100 * 0.6) / 1e6


@pytest.fixture
def evidence(doubles: ModuleType) -> Evidence:
    return Evidence("How many days?", doubles.vector_of("?"), (), ())


def hosted(provider: str, **changes: Any) -> HostedRoute:
    route = ROUTES.by_name["hosted"]
    assert isinstance(route, HostedRoute)
    return replace(route, model=f"{provider}/{{REFERENCE_HOSTED_MODEL}}", **changes)


def completes(evidence: Evidence, provider: Any, route: HostedRoute) -> Completion:
    base = f"http://127.0.0.1:{provider.port}"
    clients = Clients(ROUTES, {**provider.environment, "REFERENCE_HOSTED_API_BASE": base})
    return provider.aside(clients.complete, route, SENT, evidence)  # type: ignore[no-any-return]


def test_an_answer_in_anthropics_protocol_is_read_priced_and_timed(
    evidence: Evidence, provider: Any, anthropic: ModuleType, providers: ModuleType
) -> None:
    provider.plan = [anthropic.answers('{"answer": ""}')]

    completion = completes(evidence, provider, hosted("anthropic"))

    key, sent = provider.received[0]
    assert (completion.content, completion.model) == ('{"answer": ""}', "tiny")
    assert (completion.input_tokens, completion.output_tokens) == (1_000, 100)
    assert completion.cost_usd == pytest.approx(PRICE)
    assert completion.first_token_ms is not None
    assert key == providers.KEY
    assert (sent["system"][0]["text"], sent["temperature"], sent["stream"]) == ("Cite.", 0.0, True)
    assert "evidence" not in sent


@pytest.mark.parametrize("name", sorted(READABLE - MESSAGES))
def test_an_answer_in_openais_protocol_is_read_whoever_gives_it(
    evidence: Evidence, provider: Any, providers: ModuleType, name: str
) -> None:
    provider.plan = [providers.answers('{"answer": ""}')]

    completion = completes(evidence, provider, hosted(name))

    assert (completion.content, completion.model) == ('{"answer": ""}', "tiny")
    assert completion.cost_usd == pytest.approx(PRICE)


IMPATIENT = Timeouts(0.3, 0.3, 0.5)
Made = Callable[[ModuleType], Any]
"""A way to answer, made by the module of the double."""

WAYS: dict[str, tuple[Made, FaultKind, float | None]] = {
    "429": (lambda p: p.error(429, retry_after="7"), "rate_limited", 0.0),
    "400": (lambda p: p.error(400), "bad_request", 0.0),
    "401": (lambda p: p.error(401), "credentials", 0.0),
    "404": (lambda p: p.error(404), "not_found", 0.0),
    "500": (lambda p: p.error(500), "server_error", None),
    "529": (lambda p: p.error(529), "server_error", None),
    "redirect": (lambda p: p.error(307, location="http://localhost:9/v1/messages"), "server_error", 0.0),
    "stalled before a text": (lambda p: p.says(p.start(), then="stalls"), "timeout", None),
    "stalled after a text": (lambda p: p.says(p.start(), p.text("{"), then="stalls"), "timeout", None),
    "reset": (lambda p: p.says(p.start(), p.text("{"), then="is reset"), "interrupted", None),
    "no finish": (lambda p: p.answers(stop=None), "interrupted", None),
    "an error in the stream": (
        lambda p: p.says(p.start(), p.text("{"), p.event("error", error=p.ERROR)),
        "server_error",
        None,
    ),
    "no stream": (lambda p: p.says(b"{not json"), "malformed", None),
    "wrong model": (lambda p: p.answers(model="other"), "wrong_model", PRICE),
    "empty": (lambda p: p.answers(""), "empty", PRICE),
    "cut off": (lambda p: p.answers("{", stop="max_tokens"), "cut_off", PRICE),
    "refused": (lambda p: p.answers("{", stop="refusal"), "content_filter", PRICE),
    "counted at the beginning alone": (lambda p: p.answers(usage=()), "no_usage", None),
}


@pytest.mark.parametrize("name", sorted(WAYS))
def test_each_way_to_fail_in_anthropics_protocol_has_its_kind_and_its_price(
    evidence: Evidence, provider: Any, anthropic: ModuleType, providers: ModuleType, name: str
) -> None:
    way, kind, cost = WAYS[name]
    provider.plan = [way(anthropic)]
    route = hosted("anthropic", **({"timeouts": IMPATIENT} if kind == "timeout" else {}))

    with pytest.raises(RouteFailedError) as caught:
        completes(evidence, provider, route)

    told = "".join(traceback.format_exception(caught.value)) + str(vars(caught.value))
    assert caught.value.kind == kind
    assert caught.value.cost_usd == (None if cost is None else pytest.approx(cost))
    assert caught.value.retry_after_s == (7.0 if name == "429" else None)
    assert len(provider.received) == 1
    assert providers.SECRET not in told
    assert providers.KEY not in told


def test_a_provider_outside_the_openai_package_that_is_not_there_is_unreachable(
    evidence: Evidence, provider: Any
) -> None:
    clients = Clients(ROUTES, {**provider.environment, "REFERENCE_HOSTED_API_BASE": "http://127.0.0.1:9"})

    with pytest.raises(RouteFailedError) as caught:
        provider.aside(clients.complete, hosted("anthropic"), SENT, evidence)

    assert (caught.value.kind, caught.value.cost_usd) == ("unreachable", 0.0)


def test_the_page_names_every_provider_and_no_other() -> None:
    page = Path(system_under_test.__file__).with_name("README.md").read_text(encoding="utf-8")

    named = page.split("the provider is one of ", 1)[1].split(", whose streams", 1)[0]

    assert set(re.findall(r"`(\w+)`", named)) == READABLE


def test_each_provider_is_spoken_to_in_one_way() -> None:
    assert not SDK & MESSAGES
    assert not (SDK | MESSAGES) & COMPATIBLE
