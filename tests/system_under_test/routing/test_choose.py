"""The policy that picks a route."""

import pytest

from system_under_test.routing.choose import choose
from system_under_test.routing.errors import RouteUnavailableError, UnknownRouteError
from system_under_test.routing.routes import load_routes

ENDPOINT = {
    "REFERENCE_HOSTED_MODEL": "m",
    "REFERENCE_HOSTED_API_BASE": "http://127.0.0.1:9",
    "REFERENCE_HOSTED_API_KEY": "k",
}
ROUTES = load_routes()


def test_the_request_pins_a_route() -> None:
    choice = choose(ROUTES, "fast", {})

    assert (choice.route.name, choice.reason) == ("fast", "pinned by the request")


def test_without_a_pin_the_declared_default_is_taken() -> None:
    choice = choose(ROUTES, None, {})

    assert (choice.route.name, choice.reason) == (ROUTES.default, "declared default")


@pytest.mark.parametrize("name", ["", "FAST", "slow", "fast "])
def test_an_unknown_route_is_refused(name: str) -> None:
    with pytest.raises(UnknownRouteError):
        choose(ROUTES, name, {})


def test_the_hosted_route_is_taken_where_its_endpoint_is_named() -> None:
    assert choose(ROUTES, "hosted", ENDPOINT).route.name == "hosted"


@pytest.mark.parametrize("variable", sorted(ENDPOINT))
@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_what_the_hosted_route_lacks_is_named(variable: str, value: str | None) -> None:
    environment = {name: held for name, held in ENDPOINT.items() if name != variable}
    if value is not None:
        environment[variable] = value

    with pytest.raises(RouteUnavailableError, match=variable):
        choose(ROUTES, "hosted", environment)
