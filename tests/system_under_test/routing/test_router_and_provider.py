"""The router over LiteLLM and a provider on a socket: what each way to fail leads to, seen from the request."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from system_under_test.nouns import Retrieved
from system_under_test.routing.answer import Answerer
from system_under_test.routing.choose import Asked
from system_under_test.routing.clients import Clients
from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.router import Attempt, Router
from system_under_test.routing.routes import Circuit, HostedRoute, Retries, Routes, Timeouts

# LiteLLM 1.106 reads an attribute that this pydantic deprecates, and warnings are errors here.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")

QUESTION = "How many days is annual leave a year?"
ASKED = Asked(QUESTION, "acme", key="request-1")


class Routing:
    """A router whose default is the hosted route and whose next one quotes."""

    def __init__(self, doubles: ModuleType, fakes: ModuleType, provider: Any, timeouts: Timeouts | None = None) -> None:
        hosted = fakes.SHIPPED.by_name["hosted"]
        assert isinstance(hosted, HostedRoute)
        changed = replace(
            hosted,
            timeouts=timeouts or hosted.timeouts,
            retries=Retries(2, 0.5, 4.0),
            circuit=Circuit(failures=2, open_s=30.0),
            terms=replace(hosted.terms, provider="one", region="eu", fallback=("better",)),
        )
        by_name = {"hosted": changed, "better": fakes.SHIPPED.by_name["better"]}
        routes = Routes("hosted", by_name, deadline_s=20.0, tenants={"acme": fakes.EVERYTHING})
        self.provider, self.hands = provider, fakes.Hands()
        retrieval, environment = doubles.MemoryRetrieval(), provider.environment
        clients = Clients(routes, environment, self.hands.clock)
        self.router = Router(routes, Answerer(retrieval, clients), environment, self.hands.clock)
        self.found = Retrieved(doubles.ranked(*doubles.CORPUS[:2]))
        self.query = doubles.vector_of(QUESTION)
        self.attempts: list[Attempt] = []

    def ask(self, asked: Asked = ASKED) -> Any:
        choice = self.router.choose(asked, self.found)
        answer = self.provider.aside
        return answer(self.router.answer, choice, asked, self.query, self.found, self.attempts.append)

    @property
    def outcomes(self) -> list[str]:
        return [f"{one.route} {one.outcome}" for one in self.attempts]


@pytest.fixture
def setup(doubles: ModuleType, fakes: ModuleType, provider: Any) -> Routing:
    return Routing(doubles, fakes, provider)


LOCAL = "better answered"
Made = Callable[[ModuleType], Any]
"""A way to answer, made by the module of the double."""

LED_TO: dict[str, tuple[Made, list[str], bool]] = {
    # way: (how the provider fails, what is tried, whether twice that opens the circuit)
    "429": (lambda p: p.error(429), ["hosted rate_limited", "hosted rate_limited", LOCAL], True),
    "500": (lambda p: p.error(500), ["hosted server_error", "hosted server_error", LOCAL], True),
    "silence": (lambda p: p.silence, ["hosted timeout", "hosted timeout", LOCAL], True),
    "reset": (lambda p: p.breaks_off(), ["hosted interrupted", "hosted interrupted", LOCAL], True),
    "malformed": (lambda p: p.body(b"{not json"), ["hosted malformed", "hosted malformed", LOCAL], True),
    "no choices": (
        lambda p: p.says(p.chunk(None, usage=p.USAGE)),
        ["hosted malformed", "hosted malformed", LOCAL],
        True,
    ),
    "wrong model": (lambda p: p.answers(model="other"), ["hosted wrong_model", LOCAL], True),
    "401": (lambda p: p.error(401), ["hosted credentials", LOCAL], True),
    "empty": (lambda p: p.answers(""), ["hosted empty", LOCAL], False),
    "content filter": (lambda p: p.answers("{", finish="content_filter"), ["hosted content_filter", LOCAL], False),
    "no agreed reply": (lambda p: p.answers("{}"), ["hosted unusable_reply", LOCAL], False),
}


@pytest.mark.parametrize("name", sorted(LED_TO))
def test_each_way_to_fail_leads_where_it_is_declared_to(
    doubles: ModuleType, fakes: ModuleType, provider: Any, providers: ModuleType, name: str
) -> None:
    way, tried, opens = LED_TO[name]
    setup = Routing(doubles, fakes, provider, Timeouts(0.3, 0.3, 0.5) if name == "silence" else None)
    provider.plan = [way(providers)]

    routed = setup.ask()
    asked_once = list(setup.outcomes)
    setup.ask()
    third = setup.router.choose(ASKED, setup.found)

    assert asked_once == tried
    assert routed.answer.text.startswith("Annual leave is 27 days a year.")
    assert [(one.route, one.reason) for one in routed.choice.not_taken] == [("hosted", "failed")]
    assert (third.route.name == "better") is opens


def test_a_wait_that_the_provider_asks_for_is_kept_and_then_it_answers(
    setup: Routing, provider: Any, providers: ModuleType
) -> None:
    provider.plan = [providers.error(429, retry_after="4"), providers.answers()]

    routed = setup.ask()

    assert setup.hands.slept == [4.0]
    assert setup.outcomes == ["hosted rate_limited", "hosted answered"]
    assert (routed.answer.refused, routed.choice.route.name) == (True, "hosted")


@pytest.mark.parametrize("wait", ["5", "3600"], ids=["within the deadline", "beyond it"])
def test_a_wait_beyond_the_longest_leads_to_the_next_route_at_once(
    setup: Routing, provider: Any, providers: ModuleType, wait: str
) -> None:
    provider.plan = [providers.error(429, retry_after=wait)]

    setup.ask()

    assert setup.hands.slept == []
    assert setup.outcomes == ["hosted rate_limited", LOCAL]


def test_a_pinned_route_fails_with_the_provider_and_says_nothing_of_it(
    setup: Routing, provider: Any, providers: ModuleType
) -> None:
    provider.plan = [providers.error(400)]

    with pytest.raises(RouteFailedError) as caught:
        setup.ask(replace(ASKED, pinned="hosted"))

    assert str(caught.value) == "the model did not answer: bad_request"
    assert len(provider.received) == 1


def test_the_provider_is_sent_the_question_and_no_token_of_the_caller(
    setup: Routing, provider: Any, providers: ModuleType
) -> None:
    setup.ask()

    authorization, body = provider.received[0]
    assert authorization == f"Bearer {providers.KEY}"
    assert set(body) == {
        "model",
        "messages",
        "temperature",
        "max_tokens",
        "response_format",
        "stream",
        "stream_options",
    }
    assert "acme" not in body["messages"][1]["content"].replace("acme-leave", "").replace("acme-sick", "")
