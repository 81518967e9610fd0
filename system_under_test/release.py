"""What is being released, by digest: the body of GET /v1/release."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from system_under_test.config import Settings
from system_under_test.routing.routes import PROMPTS, ROUTES_FILE, HostedRoute, Routes
from system_under_test.strict_json import canonical

VERSION: Final = "1"
"""Of the wire contract and of this system's behaviour at large; the digests name the rest."""
PACKAGE: Final = Path(__file__).parent
_CORPUS: Final = {"corpus": "texts", "corpus_metadata": "metadata"}
_CODE: Final = frozenset({".py", ".yaml", ".txt"})


def release_digests(
    settings: Settings, routes: Routes, retrieval: Mapping[str, str], scope: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """SHA-256, 64 hexadecimal digits, of everything that can move an answer, by name.

    `scope` names the rule that turns a principal into what may be seen. No secret enters a digest.
    """
    return {
        **retrieval,
        "code": _tree(PACKAGE, _CODE),
        "configuration": _sha256(canonical(_configuration(settings, scope))),
        "prompts": _tree(PROMPTS, frozenset({".txt"})),
        "routes": _sha256(ROUTES_FILE.read_bytes()),
        "models": _sha256(canonical(_models(routes, environment))),
    }


def release_body(digests: Mapping[str, str], settings: Settings, routes: Routes) -> dict[str, object]:
    """The release as it is shown: version, digests, declared limits and route names.

    What is true of the corpus alone stands together under `corpus`: the same release serves one corpus after another.
    """
    shown: dict[str, object] = {name: digest for name, digest in sorted(digests.items()) if name not in _CORPUS}
    return {
        "version": VERSION,
        "digests": {**shown, "corpus": {part: digests[name] for name, part in _CORPUS.items() if name in digests}},
        "limits": asdict(settings.limits),
        "routes": {"default": routes.default, "declared": sorted(routes.by_name)},
    }


def _configuration(settings: Settings, scope: str) -> dict[str, object]:
    """Without folders and keys: neither where a release runs nor a key rotation changes what it is."""
    issuers = sorted(
        [one.issuer, one.audience, *([] if one.tenants is None else [sorted(one.tenants)])] for one in settings.issuers
    )
    return {"issuers": issuers, "limits": asdict(settings.limits), "scope": scope}


def _models(routes: Routes, environment: Mapping[str, str]) -> dict[str, object]:
    return {
        name: [route.model, *(environment.get(one) for one in route.variables if one != route.api_key_env)]
        if isinstance(route, HostedRoute)
        else route.model
        for name, route in routes.by_name.items()
    }


def _tree(folder: Path, suffixes: frozenset[str]) -> str:
    """Over the names and contents of the files, sorted by name."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in suffixes and path.is_file())
    lines = (f"{_sha256(path.read_bytes())}  {path.relative_to(folder).as_posix()}\n" for path in files)
    return _sha256("".join(lines).encode("utf-8"))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
