"""Calls that a provider breaks off or draws out below HTTP: how long they last, and who pays for them."""

import threading
from dataclasses import replace
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.nouns import Retrieved
from system_under_test.routing.answer import Answerer
from system_under_test.routing.choose import Asked
from system_under_test.routing.clients import Clients
from system_under_test.routing.clock import Clock
from system_under_test.routing.eligibility import estimate_usd
from system_under_test.routing.errors import BudgetSpentError, RouteFailedError
from system_under_test.routing.evidence import Evidence
from system_under_test.routing.provider_http import bounded, bounded_client
from system_under_test.routing.router import Attempt, Router
from system_under_test.routing.routes import Circuit, HostedRoute, Retries, Timeouts, load_routes

# LiteLLM 1.106 reads an attribute that this pydantic deprecates, and warnings are errors here.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")

ROUTES = load_routes()
MESSAGES = [{"role": "user", "content": "How many days?"}]
PINNED = Asked("How many days?", "acme", pinned="hosted", key="request-1")


def hosted(**changes: Any) -> HostedRoute:
    route = ROUTES.by_name["hosted"]
    assert isinstance(route, HostedRoute)
    return replace(route, **changes)


def fails(rude: Any, provider: Any, route: HostedRoute) -> RouteFailedError:
    nothing = Evidence("How many days?", None, (), ())  # type: ignore[arg-type]
    with pytest.raises(RouteFailedError) as caught:
        provider.aside(Clients(ROUTES, rude.environment).complete, route, MESSAGES, nothing)
    return caught.value


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_head_without_an_end_is_given_up_when_the_time_for_the_call_is_up(
    provider: Any, sockets: ModuleType, name: str
) -> None:
    route = hosted(model=f"{name}/{{REFERENCE_HOSTED_MODEL}}", timeouts=Timeouts(0.3, 0.3, 0.4))

    with sockets.listening(sockets.dribbles) as rude:
        fault = fails(rude, provider, route)

        assert (fault.kind, fault.cost_usd) == ("timeout", None)
        assert 0 < rude.dribbled < sockets.DRIBBLES


def test_without_the_bound_the_same_head_is_read_to_its_end(sockets: ModuleType) -> None:
    with sockets.listening(sockets.dribbles) as rude, httpx.Client(timeout=0.3) as client:
        threading.Timer(0.6, rude.gone.set).start()  # the rest of the head comes at once
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"http://127.0.0.1:{rude.port}")

        assert rude.dribbled == sockets.DRIBBLES


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_reset_before_the_answer_may_have_cost_something(provider: Any, sockets: ModuleType, name: str) -> None:
    with sockets.listening(sockets.resets) as rude:
        fault = fails(rude, provider, hosted(model=f"{name}/{{REFERENCE_HOSTED_MODEL}}"))

        assert (fault.kind, fault.cost_usd, len(rude.requests)) == ("unreachable", None, 1)


def test_a_silent_provider_that_the_deadline_of_the_request_cut_short_is_not_blamed(
    doubles: ModuleType, fakes: ModuleType, provider: Any, sockets: ModuleType
) -> None:
    found = Retrieved(doubles.ranked(*doubles.CORPUS[:2]))
    route = hosted(terms=fakes.replace(hosted().terms, provider="one", region="eu"), circuit=Circuit(1, 60.0))
    by_name = {"hosted": route}
    routes = replace(ROUTES, by_name=by_name, default="hosted", deadline_s=0.3, tenants={"acme": fakes.EVERYTHING})
    attempts: list[Attempt] = []
    with sockets.listening(sockets.is_silent) as rude:
        answerer = Answerer(doubles.MemoryRetrieval(), Clients(routes, rude.environment))
        router = Router(routes, answerer, rude.environment)

        choice = router.choose(PINNED, found)
        with pytest.raises(RouteFailedError):
            provider.aside(router.answer, choice, PINNED, doubles.vector_of("?"), found, attempts.append)
        again = router.choose(PINNED, found)

    assert [(one.outcome, one.cost_usd) for one in attempts] == [("out_of_time", None)]
    assert again.route.name == "hosted"


def test_a_tenant_whose_calls_are_reset_comes_to_the_end_of_its_budget(
    doubles: ModuleType, fakes: ModuleType, provider: Any, sockets: ModuleType
) -> None:
    found = Retrieved(doubles.ranked(*doubles.CORPUS[:2]))
    terms = fakes.replace(hosted().terms, provider="one", region="eu")
    route = hosted(terms=terms, retries=Retries(1, 1.0, 1.0), circuit=Circuit(99, 1.0))
    route = replace(route, budget_usd=2.5 * estimate_usd(route, PINNED.question, found.passages))
    routes = replace(ROUTES, by_name={"hosted": route}, default="hosted", tenants={"acme": fakes.EVERYTHING})
    with sockets.listening(sockets.resets) as rude:
        answerer = Answerer(doubles.MemoryRetrieval(), Clients(routes, rude.environment))
        router = Router(routes, answerer, rude.environment, fakes.Hands().clock)

        for _ in range(2):
            choice = router.choose(PINNED, found)
            with pytest.raises(RouteFailedError):
                provider.aside(router.answer, choice, PINNED, doubles.vector_of("?"), found, lambda _: None)
        with pytest.raises(BudgetSpentError):
            router.choose(PINNED, found)

        assert len(rude.requests) == 2


def test_a_single_wait_is_cut_to_what_is_left(sockets: ModuleType) -> None:
    # After two seconds the server would close the connection, which is another error.
    with (
        sockets.listening(sockets.is_silent) as rude,
        bounded_client() as client,
        bounded(0.2, Clock()),
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get(f"http://127.0.0.1:{rude.port}/", timeout=9.0)


def test_a_call_is_bounded_also_through_a_proxy_of_the_environment(
    sockets: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sockets.listening(sockets.dribbles) as rude:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{rude.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with bounded_client() as client, bounded(0.2, Clock()), pytest.raises(httpx.ReadTimeout):
            client.get("http://provider.example/", timeout=5.0)

        assert rude.requests[0].startswith(b"GET http://provider.example/ ")
        assert rude.dribbled < sockets.DRIBBLES


def test_a_response_that_nobody_closed_is_closed_at_the_end(provider: Any) -> None:
    with bounded_client() as client:
        with bounded(5.0, Clock()):
            request = client.build_request(
                "POST", f"http://127.0.0.1:{provider.port}/", headers={"x-api-key": "k"}, json={}
            )
            response = client.send(request, stream=True)
            still_open = not response.is_closed

        assert still_open
        assert response.is_closed


def test_no_connection_is_begun_after_the_time_is_up(fakes: ModuleType, provider: Any) -> None:
    hands = fakes.Hands()

    with bounded_client() as client, bounded(1.0, hands.clock):
        hands.now_s += 1.0
        with pytest.raises(httpx.ConnectTimeout):
            client.get(f"http://127.0.0.1:{provider.port}/")


def test_a_cookie_of_one_call_does_not_travel_with_the_next() -> None:
    request = httpx.Request("POST", "https://provider.example/v1")
    response = httpx.Response(200, headers={"set-cookie": "session=1; Path=/"}, request=request)

    with bounded_client() as client, httpx.Client() as usual:
        for one in (client, usual):
            one.cookies.extract_cookies(response)

        assert dict(usual.cookies) == {"session": "1"}
        assert dict(client.cookies) == {}
