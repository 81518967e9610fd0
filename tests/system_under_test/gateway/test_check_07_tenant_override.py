"""Check 7, as far as it is about where a tenant may be named: in the token, and nowhere else."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]


def ask(service: Any, path: str = "/v1/answer", **claims: object) -> httpx.Response:
    response: httpx.Response = service.send(
        ("POST", path, {"json": QUESTION, "headers": service.idp.headers(**claims)})
    )[0]
    return response


TENANTED: list[Any] = [
    pytest.param({"headers": {name: "globex"}}, 200, id=name)
    for name in ("x-tenant-id", "x-tenant", "tenant", "x-org-id", "x-forwarded-host", "host", "forwarded", "cookie")
] + [
    pytest.param({"params": {"tenant": "globex", "tenant_id": "globex"}}, 200, id="query"),
    pytest.param({"json": {**QUESTION, "tenant": "globex"}}, 400, id="body"),
    pytest.param({"json": {**QUESTION, "principal": {"tenant": "globex"}}}, 400, id="nested in the body"),
    pytest.param({"json": {**QUESTION, "variables": {"tenant": "globex"}}}, 400, id="as a variable"),
    pytest.param({"headers": {"x-tenant-id": "globex"}, "params": {"tenant": "globex"}}, 200, id="twice"),
]


@pytest.mark.parametrize("path", ["/v1/answer", "/v1/retrieve"])
@pytest.mark.parametrize(("arguments", "status"), TENANTED)
def test_check_07_a_tenant_outside_the_token_is_ignored_or_refused(
    serve: Start, path: str, arguments: dict[str, Any], status: int
) -> None:
    service = serve()
    headers = {**arguments.get("headers", {}), **service.idp.headers()}

    named, plain = service.send(
        ("POST", path, {"json": QUESTION, **arguments, "headers": headers}),
        ("POST", path, {"json": QUESTION, "headers": service.idp.headers()}),
    )

    assert (named.status_code, plain.status_code) == (status, 200)
    assert "globex" not in named.text
    if status == 200:
        for member in ("passages", "answer", "citations"):
            assert named.json().get(member) == plain.json().get(member)
    assert {record["tenant"] for record in service.records()} == {"acme"}
    assert {tenant for tenant, _, _ in service.retrieval.searches} == {"acme"}


@pytest.mark.parametrize("where", ["headers", "params"])
def test_check_07_an_auditor_cannot_name_another_tenant(serve: Start, where: str) -> None:
    service = serve()
    record_id = ask(service, tenant="globex").json()["audit"]["record_id"]
    headers = service.idp.headers(groups=["auditors"])
    arguments: dict[str, Any] = {"headers": headers}
    arguments[where] = {**arguments.get(where, {}), "x-tenant-id": "globex", "tenant": "globex"}

    foreign = service.send(("GET", f"/v1/audit/{record_id}", arguments))[0]
    own = service.send(
        ("GET", f"/v1/audit/{record_id}", {"headers": service.idp.headers(tenant="globex", groups=["auditors"])}),
    )[0]

    assert (foreign.status_code, own.status_code) == (404, 200)
