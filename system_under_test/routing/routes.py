"""The declared routes: what each one asks of which model, and at which price."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.extractive import ExtractSettings
from system_under_test.routing.strict_yaml import read_yaml

ROUTES_FILE: Final = Path(__file__).with_name("routes.yaml")
PROMPTS: Final = Path(__file__).with_name("prompts")
_VERSION: Final = 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class ExtractiveRoute:
    """A route that quotes, in this process."""

    name: str
    model: str
    price: Price
    extract: ExtractSettings


@dataclass(frozen=True, slots=True)
class HostedRoute:
    """A route to an OpenAI-compatible endpoint. What names the endpoint stands in environment variables."""

    name: str
    model_env: str
    api_base_env: str
    api_key_env: str
    price: Price
    prompt: str
    """The text of the prompt file."""
    prompt_name: str
    passages: int
    output_tokens: int
    timeout_s: float


Route = ExtractiveRoute | HostedRoute


@dataclass(frozen=True, slots=True)
class Routes:
    """Every declared route by its name, and the one that is taken where the request pins none."""

    default: str
    by_name: Mapping[str, Route]


def load_routes(path: Path = ROUTES_FILE, prompts: Path = PROMPTS) -> Routes:
    """The routes of a file.

    Raises RouteFileError for an unknown, missing or duplicate key, a wrong type or a value out of its range.
    """
    top = _Mapping(read_yaml(path), "routes file")
    if top.take("version", _integer) != _VERSION:
        raise RouteFileError(f"routes file: version must be {_VERSION}")
    default = top.take("default", _text)
    declared = top.take("routes", _Mapping)
    top.done()
    by_name = {name: _route(name, declared.take(name, _Mapping), prompts) for name in declared.names()}
    if default not in by_name:
        raise RouteFileError("routes file: `default` names no declared route")
    return Routes(default, by_name)


class _Mapping:
    """A mapping that is taken apart key by key; whatever is left at the end was not known."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise RouteFileError(f"{where}: must be a mapping with text keys")
        self._left = dict(value)
        self._where = where

    def names(self) -> list[str]:
        return list(self._left)

    def take(self, key: str, convert: Callable[[object, str], _T]) -> _T:
        if key not in self._left:
            raise RouteFileError(f"{self._where}: missing key {key}")
        return convert(self._left.pop(key), f"{self._where}.{key}")

    def done(self) -> None:
        if self._left:
            raise RouteFileError(f"{self._where}: unknown key {', '.join(sorted(self._left))}")


def _route(name: str, entry: _Mapping, prompts: Path) -> Route:
    kind = entry.take("kind", _text)
    price = entry.take("price", _price)
    route: Route
    if kind == "extractive":
        route = ExtractiveRoute(name, entry.take("model", _text), price, entry.take("extract", _extract))
    elif kind == "hosted":
        prompt_name = entry.take("prompt", _text)
        route = HostedRoute(
            name=name,
            model_env=entry.take("model_env", _text),
            api_base_env=entry.take("api_base_env", _text),
            api_key_env=entry.take("api_key_env", _text),
            price=price,
            prompt=_prompt(prompts, prompt_name),
            prompt_name=prompt_name,
            passages=entry.take("passages", _positive),
            output_tokens=entry.take("output_tokens", _positive),
            timeout_s=entry.take("timeout_s", _number),
        )
    else:
        raise RouteFileError(f"routes file.{name}: kind must be extractive or hosted")
    entry.done()
    return route


def _extract(value: object, where: str) -> ExtractSettings:
    entry = _Mapping(value, where)
    counts = {name: entry.take(name, _positive) for name in ("passages", "sentences", "documents")}
    shares = {
        field.name: entry.take(field.name, _share) for field in fields(ExtractSettings) if field.name not in counts
    }
    entry.done()
    if shares["cosine_floor"] >= shares["cosine_ceiling"]:
        raise RouteFileError(f"{where}: cosine_floor must be below cosine_ceiling")
    return ExtractSettings(
        passages=counts["passages"], sentences=counts["sentences"], documents=counts["documents"], **shares
    )


def _price(value: object, where: str) -> Price:
    entry = _Mapping(value, where)
    price = Price(entry.take("input", _number), entry.take("output", _number))
    entry.done()
    return price


def _prompt(prompts: Path, name: str) -> str:
    if Path(name).name != name or not (prompts / name).is_file():
        raise RouteFileError(f"there is no prompt file {name}")
    return (prompts / name).read_text(encoding="utf-8")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise RouteFileError(f"{where}: must be a non-empty text")
    return value


def _integer(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RouteFileError(f"{where}: must be an integer")
    return value


def _positive(value: object, where: str) -> int:
    number = _integer(value, where)
    if number < 1:
        raise RouteFileError(f"{where}: must be at least 1")
    return number


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise RouteFileError(f"{where}: must be a number, at least 0")
    return float(value)


def _share(value: object, where: str) -> float:
    number = _number(value, where)
    if number > 1:
        raise RouteFileError(f"{where}: must be in [0, 1]")
    return number
