"""The settings of the reference system, parsed once and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from system_under_test.errors import ReferenceSystemError

_SETUP_KEYS = frozenset({"documents", "work_folder", "cache_folder", "issuers"})
_ISSUER_KEYS = frozenset({"issuer", "audience", "jwks", "jwks_uri"})


class SetupError(ReferenceSystemError):
    """The setup that was handed to the entry point is not one this system can start with."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gateway accepts. Every bound is inclusive."""

    header_bytes: int = 8 * 1024
    body_bytes: int = 64 * 1024
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


@dataclass(frozen=True, slots=True)
class Issuer:
    """An identity provider that the gateway trusts, with the keys that are bound to it: a set, or where to get it."""

    issuer: str
    audience: str
    jwks: Mapping[str, object] | None
    jwks_uri: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that distinguishes one deployment from another."""

    documents: Path
    work_folder: Path
    cache_folder: Path
    issuers: tuple[Issuer, ...]
    limits: Limits = field(default_factory=Limits)


def parse_setup(setup: Mapping[str, object]) -> Settings:
    """The settings that a setup stands for.

    Raises SetupError for an unknown or missing key, a wrong type, no issuer, or an issuer that is named twice.
    """
    _exactly(setup, _SETUP_KEYS, _SETUP_KEYS, "setup")
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
    )


def _exactly(mapping: Mapping[str, object], known: frozenset[str], required: frozenset[str], where: str) -> None:
    unknown = sorted(str(key) for key in mapping if key not in known)
    if unknown:
        raise SetupError(f"{where}: unknown key {', '.join(unknown)}")
    missing = sorted(required.difference(mapping))
    if missing:
        raise SetupError(f"{where}: missing key {', '.join(missing)}")


def _text(mapping: Mapping[str, object], key: str, where: str) -> str:
    value = mapping[key]
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, str) or not value:
        raise SetupError(f"{where}: `{key}` must be a non-empty string")
    return value
