"""What the gateway's other rooms make of the verifier: the flag in the record, the deny list of a setup."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from system_under_test.config import Issuer, KeyCache, Limits, SetupError
from system_under_test.gateway.jwks_cache import RemoteKeys
from system_under_test.gateway.key_set_endpoint import KeySetEndpoint
from system_under_test.gateway.key_sources import KeySource
from system_under_test.gateway.verify import Verifier
from system_under_test.target import reference

QUESTION = {"question": "How many days of annual leave are there a year?"}


def test_check_09_a_record_says_whether_the_keys_were_stale(
    identity_doubles: ModuleType, doubles: ModuleType, serve: Callable[..., Any]
) -> None:
    idp, endpoint, limits = doubles.Idp(), identity_doubles.Endpoint(), Limits()
    endpoint.serve(idp.jwks())

    def source(issuer: Issuer, times: KeyCache) -> KeySource:
        return RemoteKeys(times, KeySetEndpoint(str(issuer.jwks_uri), times, endpoint), endpoint.clock)

    issuer = Issuer(idp.issuer, doubles.AUDIENCE, None, "https://idp.example/keys")
    service = serve(verifier=Verifier([issuer], doubles.TENANTS, limits, sources=source))

    async def ask(client: httpx.AsyncClient, **claims: object) -> int:
        return (await client.post("/v1/retrieve", json=QUESTION, headers=idp.headers(**claims))).status_code

    async def run() -> list[int]:
        async with service.client() as client:
            statuses = [await ask(client)]
            endpoint.fault = httpx.ConnectError("down")
            endpoint.clock.now += limits.key_cache.fresh_s
            return [*statuses, await ask(client), await ask(client, aud="other"), await ask(client, iss="other")]

    assert asyncio.run(run()) == [200, 200, 401, 401]
    assert [record["jwks_stale"] for record in service.records()] == [False, True, True, None]


def test_check_10_the_deny_list_of_a_setup_stops_a_start_where_it_cannot_be_read(
    doubles: ModuleType, tmp_path: Path
) -> None:
    idp = doubles.Idp()
    source = doubles.document("acme", "leave", "Leave", "Annual leave is 27 days a year.")
    fields = {name: getattr(source, name) for name in type(source).__dataclass_fields__}
    line = {**fields, "allow_groups": ["everyone"], "deny_groups": []}
    (tmp_path / "d.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    setup = {
        "documents": str(tmp_path / "d.jsonl"),
        "work_folder": str(tmp_path / "w"),
        "cache_folder": str(tmp_path / "c"),
        "issuers": [{"issuer": idp.issuer, "audience": "rag", "jwks": idp.jwks()}],
        "deny_list": str(tmp_path / "missing.json"),
    }

    with pytest.raises(SetupError, match="deny_list"):
        reference(setup)
