"""Acceptance checks 1 and 3 to 7: what proves an identity and what does not, from outside, through the application.

Each refusal is judged by one oracle (`refused`): 401, one constant body, nothing asked of retrieval or a model, one
audit record with a reason, no token in the log. Each has its twin, one member apart, that is answered.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from system_under_test.config import Issuer, Limits
from system_under_test.gateway.verify import Verifier

QUESTION = {"question": "How many days of annual leave are there a year?"}
NOW = 1_800_000_000
LIMITS = Limits()
RSA_ISSUER = "https://rsa.example"


@pytest.fixture(scope="module")
def idp(doubles: ModuleType) -> Any:
    return doubles.Idp(clock=lambda: NOW)


@pytest.fixture(scope="module")
def other(doubles: ModuleType) -> Any:
    """A second issuer that the gateway trusts, with a key of the same id."""
    return doubles.Idp(issuer="https://other.example", clock=lambda: NOW)


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


@pytest.fixture(scope="module")
def service(
    doubles: ModuleType, idp: Any, other: Any, rsa_key: rsa.RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A gateway that trusts three issuers, at a clock that stands still."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key()))
    third = Issuer(RSA_ISSUER, doubles.AUDIENCE, {"keys": [{**public, "kid": "key-1", "alg": "RS256"}]}, None)
    verifier = Verifier([idp.as_issuer(), other.as_issuer(), third], doubles.TENANTS, LIMITS, now=lambda: NOW)
    limits = Limits(strangers_recorded=1_000)  # the reason of each refusal is looked up in its record
    made = doubles.service(tmp_path_factory.mktemp("checks"), verifier=verifier, limits=limits, now=lambda: NOW)
    yield made
    made.app.state.close()


def send(service: Any, calls: Sequence[dict[str, Any]]) -> list[httpx.Response]:
    async def run() -> list[httpx.Response]:
        async with service.client() as client:
            return [await client.post("/v1/answer", **{"json": QUESTION, **call}) for call in calls]

    return asyncio.run(run())


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {token}"}}


def refused(service: Any, *tokens: str) -> list[str]:
    """The reasons in the audit log for which these tokens were refused, as every token must be."""
    searches, sent, before = len(service.retrieval.searches), len(service.completer.sent), len(service.records())

    responses = send(service, [bearer(token) for token in tokens])

    records = service.records()[before:]
    assert {response.status_code for response in responses} == {401}
    bodies = {response.text.replace(response.json()["request_id"], "") for response in responses}
    assert {response.headers["www-authenticate"] for response in responses} == {"Bearer"}
    assert bodies == {'{"error":{"code":"unauthenticated","message":"authentication failed"},"request_id":""}'}
    assert (len(service.retrieval.searches), len(service.completer.sent)) == (searches, sent)
    assert [record["record_id"] for record in records] == [response.json()["request_id"] for response in responses]
    assert {(record["outcome"], record["tenant"]) for record in records} == {("unauthenticated", None)}
    log = service.audit_path.read_text(encoding="utf-8")
    assert not any(token and token in log for token in tokens)
    return [record["reason"] for record in records]


def accepted(service: Any, *tokens: str) -> None:
    searches = len(service.retrieval.searches)

    responses = send(service, [bearer(token) for token in tokens])

    assert [response.status_code for response in responses] == [200] * len(tokens)
    assert len(service.retrieval.searches) == searches + len(tokens)


def test_the_oracle_of_these_checks_sees_an_accepted_token(service: Any, idp: Any) -> None:
    with pytest.raises(AssertionError):
        refused(service, idp.token())
    with pytest.raises(AssertionError):
        accepted(service, idp.token(aud="other"))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", " none", "none\x00"])
@pytest.mark.parametrize("signature", ["", "AAAA", "of the right token"])
def test_check_01_none_in_any_spelling_is_refused(
    service: Any, idp: Any, identity_doubles: ModuleType, algorithm: str, signature: str
) -> None:
    right = idp.token()
    signature = right.rpartition(".")[2] if signature == "of the right token" else signature

    forged = identity_doubles.unsigned(idp.header(alg=algorithm), idp.claims()) + f".{signature}"

    assert refused(service, forged) == ["algorithm_forbidden"]
    accepted(service, right)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("family", ["EC", "RSA"])
def test_check_01_a_public_key_is_never_a_secret(
    service: Any, idp: Any, rsa_key: rsa.RSAPrivateKey, identity_doubles: ModuleType, algorithm: str, family: str
) -> None:
    public = idp.key.public_key() if family == "EC" else rsa_key.public_key()
    issuer, own = (idp.issuer, "ES256") if family == "EC" else (RSA_ISSUER, "RS256")
    claims, secrets = idp.claims(iss=issuer), identity_doubles.disguises(public)
    signed = identity_doubles.unsigned(idp.header(alg=algorithm), claims)
    hmacs = [identity_doubles.hmac_signed(signed, secret, "sha" + algorithm[2:]) for secret in secrets.values()]
    key = idp.key if family == "EC" else rsa_key
    right = jwt.encode(claims, key, algorithm=own, headers={"typ": "at+jwt", "kid": "key-1"})

    assert set(refused(service, *hmacs)) == {"algorithm_forbidden"}
    lying = [token.replace(signed, identity_doubles.unsigned(idp.header(alg=own), claims)) for token in hmacs]
    assert set(refused(service, *lying)) == {"signature_wrong"}
    assert len(hmacs) == 5
    accepted(service, right)


@pytest.mark.parametrize("member", ["jku", "x5u", "x5c", "jwk"])
@pytest.mark.parametrize("signer", ["the attacker", "the issuer"])
def test_check_03_key_material_in_a_header_is_refused_and_never_fetched(
    service: Any, idp: Any, doubles: ModuleType, member: str, signer: str
) -> None:
    attacker = doubles.Idp(clock=lambda: NOW)
    hits: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hits.append(await reader.readuntil(b"\r\n\r\n"))
        body = json.dumps(attacker.jwks()).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    async def run() -> tuple[httpx.Response, int]:
        async with await asyncio.start_server(listen, "127.0.0.1", 0) as server, service.client() as client:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
            value = {"jku": url, "x5u": url, "x5c": ["MIIB"], "jwk": attacker.public_key()}[member]
            token = (attacker if signer == "the attacker" else idp).token({member: value})
            response = await client.post("/v1/answer", json=QUESTION, **bearer(token))
            unasked = len(hits)
            async with httpx.AsyncClient(trust_env=False) as direct:  # the listener does count
                await direct.get(url)
            return response, unasked

    response, unasked = asyncio.run(run())

    assert (response.status_code, unasked, len(hits)) == (401, 0, 1)
    assert service.records()[-1]["reason"] == "header_forbidden"
    accepted(service, idp.token())


@pytest.mark.parametrize(
    ("part", "member"),
    [
        ("header", '"alg": "ES256"'),
        ("header", '"kid": "key-1"'),
        ("header", '"typ": "at+jwt"'),
        ("claims", '"tenant": "acme"'),
        ("claims", '"tenant": "globex"'),
        ("claims", '"exp": 99999999999'),
        ("claims", '"jti": "token-2"'),
        ("claims", '"more": {"a": 1, "a": 2}'),
    ],
)
def test_check_04_a_duplicate_member_is_refused(service: Any, idp: Any, part: str, member: str) -> None:
    texts = {"header": json.dumps(idp.header()), "claims": json.dumps(idp.claims())}
    twice = {**texts, part: texts[part][:-1] + f", {member}}}"}
    once = {**texts, part: texts[part][:-1] + ', "more": {"a": 1}}'}

    assert refused(service, idp.signed(twice["header"], twice["claims"])) == ["token_ambiguous"]
    accepted(service, idp.signed(once["header"], once["claims"]))


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_check_05_a_time_of_another_type_is_refused(service: Any, idp: Any, claim: str) -> None:
    right = NOW + 60 if claim == "exp" else NOW
    texts = [f'"{right}"', f"{right}.0", f"{right}.5", "true", "false", "null", f"[{right}]", "{}", '""', "1e9", "NaN"]
    claims = json.dumps(idp.claims(**{claim: "HERE"}))

    reasons = refused(
        service, *(idp.signed(json.dumps(idp.header()), claims.replace('"HERE"', text)) for text in texts)
    )

    assert set(reasons) <= {"time_malformed", "token_ambiguous"}
    accepted(service, idp.token(**{claim: right}))


@pytest.mark.parametrize(
    ("outside", "inside", "reason"),
    [
        pytest.param(
            {"iat": NOW - 600, "exp": NOW - LIMITS.leeway_s - 1},
            {"iat": NOW - 600, "exp": NOW - LIMITS.leeway_s + 1},
            "token_expired",
            id="expired",
        ),
        pytest.param(
            {"iat": NOW + LIMITS.leeway_s + 1, "exp": NOW + 600},
            {"iat": NOW + LIMITS.leeway_s - 1, "exp": NOW + 600},
            "token_not_yet_valid",
            id="issued in the future",
        ),
        pytest.param(
            {"nbf": NOW + LIMITS.leeway_s + 1},
            {"nbf": NOW + LIMITS.leeway_s - 1},
            "token_not_yet_valid",
            id="not before",
        ),
        pytest.param(
            {"iat": NOW, "exp": NOW + LIMITS.token_lifetime_s + 1},
            {"iat": NOW, "exp": NOW + LIMITS.token_lifetime_s - 1},
            "lifetime_wrong",
            id="lifetime",
        ),
        pytest.param({"iat": NOW, "exp": 10**300}, {"iat": NOW, "exp": NOW + 1}, "lifetime_wrong", id="for ever"),
    ],
)
def test_check_05_times_hold_to_the_second(
    service: Any, idp: Any, outside: dict[str, int], inside: dict[str, int], reason: str
) -> None:
    assert refused(service, idp.token(**outside)) == [reason]
    accepted(service, idp.token(**inside))


def test_check_06_type_audience_and_issuer_are_refused_with_one_body(
    service: Any, idp: Any, other: Any, doubles: ModuleType
) -> None:
    removed = doubles.REMOVED
    types = ["JWT", "logout+jwt", "AT+JWT", "id+jwt", "", None, ["at+jwt"], removed]
    audiences = ["ra", "ragx", "RAG", ["rag"], ["rag", "other"], [], 5, None, "", removed]
    issuers = [idp.issuer + "/", idp.issuer.upper(), "https://evil.example", [idp.issuer], None, "", removed]
    crossed = [idp.token(iss=other.issuer), other.token(iss=idp.issuer), idp.token(iss=RSA_ISSUER)]

    reasons = refused(
        service,
        *(idp.token({"typ": value}) for value in types),
        *(idp.token(aud=value) for value in audiences),
        *(idp.token(iss=value) for value in issuers),
        *crossed,
    )

    assert reasons[: len(types)] == ["type_wrong"] * len(types)
    assert set(reasons[len(types) : -len(issuers) - 3]) == {"audience_wrong", "claim_missing"}
    assert reasons[-3:] == ["signature_wrong", "signature_wrong", "algorithm_not_of_key"]
    accepted(service, idp.token(), other.token(), idp.token({"typ": "application/at+jwt"}))


def test_check_06_a_gateway_with_one_key_ring_for_all_issuers_is_caught(
    service: Any, idp: Any, other: Any, doubles: ModuleType, serve: Callable[..., Any]
) -> None:
    """The mutant: the second issuer is handed the first one's keys, as a gateway with a common key ring would."""
    ring = [idp.as_issuer(), Issuer(other.issuer, doubles.AUDIENCE, idp.jwks(), None)]
    mutant = serve(verifier=Verifier(ring, doubles.TENANTS, LIMITS, now=lambda: NOW), now=lambda: NOW)
    crossed = idp.token(iss=other.issuer)

    assert refused(service, crossed) == ["signature_wrong"]
    with pytest.raises(AssertionError):
        refused(mutant, crossed)


TENANTS = ["", " ", "ACME", "Acme", "acme ", " acme", "acme\u00a0", "acme\n", "\u0430cme", "\uff41cme", "acme\u200b"]
TENANTS += ["acme\x00", "\x00", "%61cme", "acme/../globex", "*", "initech", "globex,acme", "a" * 64, "\ud800acme"]


def test_check_07_a_tenant_claim_is_never_made_right(service: Any, idp: Any, doubles: ModuleType) -> None:
    others = [["acme"], [], ["acme", "globex"], {"acme": 1}, None, 1, True, doubles.REMOVED]

    reasons = refused(service, *(idp.token(tenant=value) for value in [*TENANTS, *others]))

    assert set(reasons) == {"tenant_malformed", "tenant_unknown", "claim_missing"}
    accepted(service, idp.token(tenant="acme"), idp.token(tenant="globex"))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"headers": {"x-tenant-id": "globex"}}, 200, id="X-Tenant-Id"),
        pytest.param({"headers": {"x-forwarded-host": "globex.example"}}, 200, id="X-Forwarded-Host"),
        pytest.param({"headers": {"host": "globex.example"}}, 200, id="Host"),
        pytest.param({"params": {"tenant": "globex"}}, 200, id="query"),
        pytest.param({"json": {**QUESTION, "tenant": "globex"}}, 400, id="body"),
    ],
)
def test_check_07_a_tenant_outside_the_token_is_ignored_or_refused(
    service: Any, idp: Any, change: dict[str, Any], status: int
) -> None:
    headers = {**change.get("headers", {}), **idp.headers(tenant="acme")}

    changed, plain = send(service, [{**change, "headers": headers}, {"headers": idp.headers(tenant="acme")}])

    assert (changed.status_code, plain.status_code) == (status, 200)
    assert {passage["tenant"] for passage in changed.json().get("passages", [])} <= {"acme"}
    if status == 200:
        assert changed.json()["passages"] == plain.json()["passages"]
    assert "31 days" not in changed.text  # what globex's document says
