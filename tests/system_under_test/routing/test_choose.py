"""The route that a request names. The choice among routes is in test_policies.py and test_router.py."""

import pytest

from system_under_test.routing.choose import named
from system_under_test.routing.errors import RouteUnavailableError, UnknownRouteError
from system_under_test.routing.routes import load_routes

ENDPOINT = {
    "REFERENCE_HOSTED_MODEL": "m",
    "REFERENCE_HOSTED_API_BASE": "http://127.0.0.1:9",
    "REFERENCE_HOSTED_API_KEY": "k",
}
ROUTES = load_routes()


def test_the_request_pins_a_route() -> None:
    assert named(ROUTES, "fast", {}).name == "fast"


@pytest.mark.parametrize("name", ["", "FAST", "slow", "fast "])
def test_an_unknown_route_is_refused(name: str) -> None:
    with pytest.raises(UnknownRouteError):
        named(ROUTES, name, {})


def test_the_hosted_route_is_taken_where_its_endpoint_is_named() -> None:
    assert named(ROUTES, "hosted", ENDPOINT).name == "hosted"


@pytest.mark.parametrize("variable", sorted(ENDPOINT))
@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_what_the_hosted_route_lacks_is_named(variable: str, value: str | None) -> None:
    environment = {name: held for name, held in ENDPOINT.items() if name != variable}
    if value is not None:
        environment[variable] = value

    with pytest.raises(RouteUnavailableError, match=variable):
        named(ROUTES, "hosted", environment)
