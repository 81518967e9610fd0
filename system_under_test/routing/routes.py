"""The declared routes: what each one asks of which model, at which price, within which bounds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from system_under_test.nouns import CLASSIFICATIONS, Classification
from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.extractive import ExtractSettings
from system_under_test.routing.policies import QUALITIES, Declared, Policy, Quality, Weighted, read_policy
from system_under_test.routing.providers import READABLE, provider_of
from system_under_test.routing.strict_fields import (
    Fields,
    above_zero,
    date,
    integer,
    number,
    one_of,
    positive,
    share,
    some_of,
    text,
    texts,
)
from system_under_test.routing.strict_yaml import read_yaml
from system_under_test.routing.tenants import EXTRACTIVE_PROVIDER, LOCAL_REGION, UNLISTED, Constraints, read_tenants

ROUTES_FILE: Final = Path(__file__).with_name("routes.yaml")
PROMPTS: Final = Path(__file__).with_name("prompts")
_VERSION: Final = 2
_MILLION: Final = 1_000_000
_VARIABLE: Final = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float
    as_of: str
    """ISO date on which somebody looked it up."""

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """The price of one call in US dollars."""
        return (input_tokens * self.input + output_tokens * self.output) / _MILLION


@dataclass(frozen=True, slots=True)
class Terms:
    """What every route declares about itself, and every policy may look at."""

    provider: str
    """Who runs the model; tenants admit providers by this name."""
    region: str
    """Where the model runs; tenants admit regions by this name."""
    data_classes: frozenset[Classification]
    """The classes of passages that it may see."""
    quality: Quality
    expected_ms: float
    """What a call takes until it has been measured often enough."""
    fallback: tuple[str, ...]
    """The routes to try when this one is ruled out or fails, in this order; after them those of the one that stands
    in for it."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    connect_s: float
    first_token_s: float
    """From the request to the first piece of text; also the longest pause between two pieces of the reply."""
    total_s: float


@dataclass(frozen=True, slots=True)
class Retries:
    """How often the same route is asked for one request, and how long is waited in between."""

    attempts: int
    first_wait_s: float
    """Doubled for each further wait."""
    longest_wait_s: float
    """A provider that asks for a longer wait (Retry-After) is not asked again for this request."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """When the route is left alone."""

    failures: int
    """So many in a row open the circuit."""
    open_s: float
    """After so many seconds one call is let through to try."""


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many calls may be under way at once."""

    route: int
    tenant: int
    """Of one tenant, so that none can occupy the route."""


@dataclass(frozen=True, slots=True)
class ExtractiveRoute:
    """A route that quotes, in this process."""

    name: str
    model: str
    price: Price
    terms: Terms
    extract: ExtractSettings


@dataclass(frozen=True, slots=True)
class HostedRoute:
    """A route to a provider. Keys and endpoints stand in environment variables."""

    name: str
    model: str
    """A name as LiteLLM takes it, `provider/model`; `{VARIABLE}` stands for the value of an environment variable."""
    served_as: tuple[str, ...]
    """Further names under which the provider may answer; its dated snapshots need not be listed."""
    api_base_env: str
    """Empty where the provider's own address is meant."""
    api_key_env: str
    """Empty where the provider finds its credentials by itself."""
    price: Price
    terms: Terms
    prompt: str
    """The text of the prompt file."""
    prompt_name: str
    passages: int
    output_tokens: int
    context_tokens: int
    """What rules, question, passages and answer may fill."""
    timeouts: Timeouts
    retries: Retries
    circuit: Circuit
    concurrency: Concurrency
    budget_usd: float
    """What one tenant may spend here in one day, UTC."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables without which the route cannot be taken."""
        return (*_VARIABLE.findall(self.model), *filter(None, (self.api_base_env, self.api_key_env)))

    def model_name(self, environment: Mapping[str, str]) -> str:
        """The model's name with its variables filled in."""
        return _VARIABLE.sub(lambda match: environment[match[1]], self.model)


Route = ExtractiveRoute | HostedRoute


@dataclass(frozen=True, slots=True)
class Routes:
    """Every declared route by its name, the one that is taken by default, and how another one is picked."""

    default: str
    by_name: Mapping[str, Route]
    policy: Policy = field(default_factory=Declared)
    deadline_s: float = 30.0
    """For everything that one request tries, on all routes."""
    tenants: Mapping[str, Constraints] = field(default_factory=dict)

    def constraints(self, tenant: str) -> Constraints:
        """What the tenant admits; one that is not named admits the routes in this process alone."""
        return self.tenants.get(tenant, UNLISTED)


def load_routes(path: Path = ROUTES_FILE, prompts: Path = PROMPTS) -> Routes:
    """The routes of a file.

    Raises RouteFileError for an unknown, missing or duplicate key, a wrong type or a value out of its range, for a
    route without a price, for a name that stands for no route, for a provider whose streams cannot be read, and for two
    extractive routes with one model.
    """
    top = Fields(read_yaml(path), "routes file")
    if top.take("version", integer) != _VERSION:
        raise RouteFileError(f"routes file: version must be {_VERSION}")
    default, deadline_s = top.take("default", text), top.take("deadline_s", above_zero)
    policy, tenants = top.take("policy", read_policy), top.take("tenants", read_tenants)
    declared = top.take("routes", Fields)
    top.done()
    by_name = {name: _route(name, declared.take(name, Fields), prompts) for name in declared.names()}
    _only_declared([default], by_name, "default")
    _only_declared(policy.weights if isinstance(policy, Weighted) else [], by_name, "policy.weights")
    for name, route in by_name.items():
        _only_declared(route.terms.fallback, by_name, f"{name}.fallback", but=name)
    _one_route_each(route for route in by_name.values() if isinstance(route, ExtractiveRoute))
    return Routes(default, by_name, policy, deadline_s, tenants)


def _only_declared(names: Iterable[str], by_name: Mapping[str, Route], where: str, but: str | None = None) -> None:
    for name in names:
        if name not in by_name or name == but:
            raise RouteFileError(f"routes file.{where}: names no other declared route")


def _one_route_each(routes: Iterable[ExtractiveRoute]) -> None:
    """The settings of an extractive model are found by its name, so no two routes may share one."""
    seen: dict[str, str] = {}
    for route in routes:
        if route.model in seen:
            raise RouteFileError(f"routes file: {seen[route.model]} and {route.name} share the model {route.model}")
        seen[route.model] = route.name


def _route(name: str, entry: Fields, prompts: Path) -> Route:
    kind = entry.take("kind", one_of("extractive", "hosted"))
    route = _extractive(name, entry) if kind == "extractive" else _hosted(name, entry, prompts)
    entry.done()
    return route


def _extractive(name: str, entry: Fields) -> ExtractiveRoute:
    """Where it runs and who runs it is not declared: it is this process."""
    return ExtractiveRoute(
        name=name,
        model=entry.take("model", _extractive_model),
        price=entry.take("price", _price),
        terms=_terms(entry, EXTRACTIVE_PROVIDER, LOCAL_REGION),
        extract=entry.take("extract", _extract),
    )


def _hosted(name: str, entry: Fields, prompts: Path) -> HostedRoute:
    provider, region = entry.take("provider", text), entry.take("region", text)
    if provider == EXTRACTIVE_PROVIDER or region == LOCAL_REGION:
        raise RouteFileError(f"routes file.{name}: `{EXTRACTIVE_PROVIDER}` and `{LOCAL_REGION}` name this process")
    prompt_name = entry.take("prompt", text)
    price = entry.take("price", _price)
    if not (price.input > 0 and price.output > 0):
        raise RouteFileError(f"routes file.{name}.price: a hosted model is not free; a budget needs its price")
    return HostedRoute(
        name=name,
        model=entry.take("model", _hosted_model),
        served_as=entry.take_or("served_as", texts, ()),
        api_base_env=entry.take_or("api_base_env", text, ""),
        api_key_env=entry.take_or("api_key_env", text, ""),
        price=price,
        terms=_terms(entry, provider, region),
        prompt=_prompt(prompts, prompt_name),
        prompt_name=prompt_name,
        passages=entry.take("passages", positive),
        output_tokens=entry.take("output_tokens", positive),
        context_tokens=entry.take("context_tokens", positive),
        timeouts=entry.take("timeouts", _timeouts),
        retries=entry.take("retries", _retries),
        circuit=entry.take("circuit", _circuit),
        concurrency=entry.take("concurrency", _concurrency),
        budget_usd=entry.take("budget_usd", above_zero),
    )


def _extractive_model(value: object, where: str) -> str:
    name = text(value, where)
    if provider_of(name) != EXTRACTIVE_PROVIDER:  # LiteLLM would send the question to whomever the name stands for
        raise RouteFileError(f"{where}: must be {EXTRACTIVE_PROVIDER}/ and a name")
    return name


def _hosted_model(value: object, where: str) -> str:
    name = text(value, where)
    if provider_of(name) not in READABLE:
        known = ", ".join(sorted(READABLE))
        raise RouteFileError(f"{where}: the streams of {provider_of(name) or name} cannot be read; known are {known}")
    return name


def _terms(entry: Fields, provider: str, region: str) -> Terms:
    return Terms(
        provider=provider,
        region=region,
        data_classes=entry.take("data_classes", some_of(*CLASSIFICATIONS)),
        quality=entry.take("quality", one_of(*QUALITIES)),
        expected_ms=entry.take("expected_ms", above_zero),
        fallback=entry.take_or("fallback", texts, ()),
    )


def _timeouts(value: object, where: str) -> Timeouts:
    entry = Fields(value, where)
    found = Timeouts(*(entry.take(name, above_zero) for name in ("connect_s", "first_token_s", "total_s")))
    entry.done()
    return found


def _retries(value: object, where: str) -> Retries:
    entry = Fields(value, where)
    found = Retries(
        entry.take("attempts", positive),
        entry.take("first_wait_s", above_zero),
        entry.take("longest_wait_s", above_zero),
    )
    entry.done()
    return found


def _circuit(value: object, where: str) -> Circuit:
    entry = Fields(value, where)
    found = Circuit(entry.take("failures", positive), entry.take("open_s", above_zero))
    entry.done()
    return found


def _concurrency(value: object, where: str) -> Concurrency:
    entry = Fields(value, where)
    found = Concurrency(entry.take("route", positive), entry.take("tenant", positive))
    entry.done()
    return found


def _extract(value: object, where: str) -> ExtractSettings:
    entry = Fields(value, where)
    counts = {name: entry.take(name, positive) for name in ("passages", "sentences", "documents")}
    shares = {each.name: entry.take(each.name, share) for each in fields(ExtractSettings) if each.name not in counts}
    entry.done()
    if shares["cosine_floor"] >= shares["cosine_ceiling"]:
        raise RouteFileError(f"{where}: cosine_floor must be below cosine_ceiling")
    return ExtractSettings(
        passages=counts["passages"], sentences=counts["sentences"], documents=counts["documents"], **shares
    )


def _price(value: object, where: str) -> Price:
    entry = Fields(value, where)
    price = Price(entry.take("input", number), entry.take("output", number), entry.take("as_of", date))
    entry.done()
    return price


def _prompt(prompts: Path, name: str) -> str:
    if Path(name).name != name or not (prompts / name).is_file():
        raise RouteFileError(f"there is no prompt file {name}")
    return (prompts / name).read_text(encoding="utf-8")
