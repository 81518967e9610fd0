"""The settings of the reference system, parsed once and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf
from pathlib import Path

from system_under_test.errors import ReferenceSystemError

_SETUP_KEYS = frozenset({"documents", "work_folder", "cache_folder", "issuers"})
_LARGEST_PORT = 65_535
_OPTIONAL_KEYS = frozenset({"audit_key", "deny_list", "limits", "service"})
_ISSUER_KEYS = frozenset({"issuer", "audience", "jwks", "jwks_uri", "tenants"})


class SetupError(ReferenceSystemError):
    """The setup that was handed to the entry point is not one this system can start with."""


@dataclass(frozen=True, slots=True)
class KeyCache:
    """How long a fetched key set is used and how often its endpoint is asked. Seconds; ages count from the fetch on.

    Raises SetupError unless timeout < interval <= patience <= refresh < fresh < stale, which the bounds rest on.
    """

    refresh_s: float = 240.0
    """From this age on the set is fetched again beside the requests."""
    fresh_s: float = 300.0
    """From this age on a request waits for the fetch."""
    stale_s: float = 3_600.0
    """Beyond this age the set is used no more, even where the endpoint is down."""
    interval_s: float = 10.0
    """At least this long between two fetches, whether they succeed or not and whatever key id was asked for."""
    patience_s: float = 30.0
    """For this long after a failed fetch no request waits for the next one."""
    timeout_s: float = 2.0
    """Of a whole fetch, from the connection to the last byte."""
    response_bytes: int = 256 * 1024

    def __post_init__(self) -> None:
        """Refuse times that are out of order."""
        asking = 0 < self.timeout_s < self.interval_s <= self.patience_s <= self.refresh_s
        if not (asking and self.refresh_s < self.fresh_s < self.stale_s):
            raise SetupError("key cache: timeout < interval <= patience <= refresh < fresh < stale does not hold")

    @property
    def rotate_s(self) -> float:
        """T_rotate: a key that the endpoint has begun to serve is accepted from then on after at most this long."""
        return self.interval_s + self.timeout_s

    @property
    def revoke_s(self) -> float:
        """T_revoke: a key that an answering endpoint has ceased to serve is refused after at most this long."""
        return self.fresh_s


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gateway accepts. Every bound is inclusive."""

    header_bytes: int = 8 * 1024
    """Of the Authorization header."""
    head_bytes: int = 16 * 1024
    """Of the address and all headers together."""
    body_bytes: int = 64 * 1024
    document_bytes: int = 1024 * 1024
    """Of the body that hands a document in."""
    question_characters: int = 4_000
    top_k: int = 100
    default_top_k: int = 10
    token_lifetime_s: int = 3_600
    """The longest `exp - iat`."""
    leeway_s: int = 30
    """How far the issuer's clock may differ from ours."""
    cpu_threads: int = 2
    waiting_threads: int = 8
    """For calls that wait for a provider outside."""
    key_cache: KeyCache = field(default_factory=KeyCache)
    """For issuers whose keys are at an endpoint."""
    waiting_threads_per_tenant: int = 6
    """Fewer than all, so that one tenant's slow provider never keeps every other tenant waiting."""
    body_seconds: int = 10
    """A body that takes longer to arrive is given up."""
    requests_per_minute: int = 6_000
    """Of one tenant, in any sixty seconds."""
    concurrent_requests: int = 64
    """Of one tenant, being worked on or waiting for it."""
    strangers_recorded: int = 30
    """Requests that nobody was authenticated for and that have an audit record each, in any one minute; those beyond it
    are counted, in one record for the whole minute."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An identity provider that the gateway trusts, with the keys that are bound to it: a set, or where to get it."""

    issuer: str
    audience: str
    jwks: Mapping[str, object] | None
    jwks_uri: str | None
    tenants: frozenset[str] | None = None
    """The tenants that its tokens may name; None: every one that is registered."""


@dataclass(frozen=True, slots=True)
class Service:
    """How the service is run and watched. Nothing here can move an answer, so that none of it is part of a release."""

    limit_storage: str = "memory://"
    """Where the requests of a minute are counted; a URL such as `redis://...` shares the count between processes."""
    tenant_labels: bool = False
    """Metrics and spans name tenants. They then tell who the customers are: keep them inside."""
    traces: str | None = None
    """The OTLP/HTTP address that spans are sent to."""
    operations_port: int | None = None
    """The only port on which /readyz and /metrics answer. Without it /readyz answers everywhere, /metrics nowhere."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that distinguishes one deployment from another."""

    documents: Path
    work_folder: Path
    cache_folder: Path
    issuers: tuple[Issuer, ...]
    deny_list: Path | None = None
    """A file of withdrawn tokens; None: none is withdrawn before it expires."""
    audit_key: Path | None = None
    """The file of the key that signs the audit log; None: it lies beside the log."""
    limits: Limits = field(default_factory=Limits)
    service: Service = field(default_factory=Service)


def parse_setup(setup: Mapping[str, object]) -> Settings:
    """The settings that a setup stands for.

    Raises SetupError for an unknown or missing key, a wrong type, no issuer, or an issuer that is named twice.
    """
    _exactly(setup, _SETUP_KEYS | _OPTIONAL_KEYS, _SETUP_KEYS, "setup")
    listed = setup["issuers"]
    if not isinstance(listed, list | tuple) or not listed:
        raise SetupError("setup: `issuers` must be a list of at least one issuer")
    issuers = tuple(_issuer(entry, place) for place, entry in enumerate(listed))
    if len({issuer.issuer for issuer in issuers}) != len(issuers):
        raise SetupError("setup: an issuer is listed twice")
    return Settings(
        documents=Path(_text(setup, "documents", "setup")),
        work_folder=Path(_text(setup, "work_folder", "setup")),
        cache_folder=Path(_text(setup, "cache_folder", "setup")),
        issuers=issuers,
        limits=_limits(setup.get("limits", {})),
        service=_service(setup.get("service", {})),
        deny_list=Path(_text(setup, "deny_list", "setup")) if "deny_list" in setup else None,
        audit_key=Path(_text(setup, "audit_key", "setup")) if "audit_key" in setup else None,
    )


def _limits(entry: object) -> Limits:
    """The declared limits, with those replaced that the setup names."""
    named = {limit.name for limit in fields(Limits) if limit.type is int}
    if not isinstance(entry, Mapping):
        raise SetupError("setup: `limits` must be a mapping")
    _exactly(entry, frozenset({*named, "key_cache"}), frozenset(), "setup: limits")
    numbers = {name: value for name, value in entry.items() if name in named}
    for name, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise SetupError(f"setup: limits: `{name}` must be an integer from 1")
    return Limits(**numbers, key_cache=_key_cache(entry.get("key_cache", {})))


def _key_cache(entry: object) -> KeyCache:
    """The declared times of the key cache, with those replaced that the setup names."""
    where = "setup: limits: key_cache"
    if not isinstance(entry, Mapping):
        raise SetupError(f"{where} must be a mapping")
    _exactly(entry, frozenset(setting.name for setting in fields(KeyCache)), frozenset(), where)
    for name, value in entry.items():
        whole = name == "response_bytes"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not 0 < value < inf:
            raise SetupError(f"{where}: `{name}` must be a {'whole ' if whole else ''}number above 0")
    return KeyCache(**entry)


def _service(entry: object) -> Service:
    where = "setup: service"
    if not isinstance(entry, Mapping):
        raise SetupError(f"{where} must be a mapping")
    _exactly(entry, frozenset(setting.name for setting in fields(Service)), frozenset(), where)
    labels, port = entry.get("tenant_labels", False), entry.get("operations_port")
    if not isinstance(labels, bool):
        raise SetupError(f"{where}: `tenant_labels` must be true or false")
    if port is not None and (not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= _LARGEST_PORT):
        raise SetupError(f"{where}: `operations_port` must be an integer from 1 to {_LARGEST_PORT}")
    return Service(
        limit_storage=_text(entry, "limit_storage", where) if "limit_storage" in entry else Service().limit_storage,
        tenant_labels=labels,
        traces=_text(entry, "traces", where) if entry.get("traces") is not None else None,
        operations_port=port,
    )


def _issuer(entry: object, place: int) -> Issuer:
    where = f"setup: issuers[{place}]"
    if not isinstance(entry, Mapping):
        raise SetupError(f"{where} must be a mapping")
    _exactly(entry, _ISSUER_KEYS, frozenset({"issuer", "audience"}), where)
    if ("jwks" in entry) == ("jwks_uri" in entry):
        raise SetupError(f"{where} needs either `jwks` or `jwks_uri`")
    jwks = entry.get("jwks")
    if "jwks" in entry and not isinstance(jwks, Mapping):
        raise SetupError(f"{where}: `jwks` must be a mapping")
    return Issuer(
        issuer=_text(entry, "issuer", where),
        audience=_text(entry, "audience", where),
        jwks=jwks if isinstance(jwks, Mapping) else None,
        jwks_uri=_text(entry, "jwks_uri", where) if "jwks_uri" in entry else None,
        tenants=_names(entry, "tenants", where) if "tenants" in entry else None,
    )


def _exactly(mapping: Mapping[str, object], known: frozenset[str], required: frozenset[str], where: str) -> None:
    unknown = sorted(str(key) for key in mapping if key not in known)
    if unknown:
        raise SetupError(f"{where}: unknown key {', '.join(unknown)}")
    missing = sorted(required.difference(mapping))
    if missing:
        raise SetupError(f"{where}: missing key {', '.join(missing)}")


def _names(mapping: Mapping[str, object], key: str, where: str) -> frozenset[str]:
    listed = mapping[key]
    members = listed if isinstance(listed, list | tuple) else ()
    names = frozenset(name for name in members if isinstance(name, str) and name)
    if not names or len(names) != len(members):
        raise SetupError(f"{where}: `{key}` must be a list of different names")
    return names


def _text(mapping: Mapping[str, object], key: str, where: str) -> str:
    value = mapping[key]
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, str) or not value:
        raise SetupError(f"{where}: `{key}` must be a non-empty string")
    return value
