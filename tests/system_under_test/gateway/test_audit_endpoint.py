"""GET /v1/audit/{record_id}: the own tenant's records, for its auditors."""

from collections.abc import Callable
from typing import Any

import httpx

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]


def ask(service: Any) -> httpx.Response:
    response: httpx.Response = service.send(
        ("POST", "/v1/answer", {"json": QUESTION, "headers": service.idp.headers()})
    )[0]
    return response


def test_an_auditor_reads_the_records_of_the_own_tenant_only(serve: Start) -> None:
    service = serve()
    record_id = ask(service).json()["audit"]["record_id"]
    auditor = {"groups": ["everyone", "auditors"]}

    def read(name: str, **claims: object) -> httpx.Response:
        return service.send(("GET", f"/v1/audit/{name}", {"headers": service.idp.headers(**claims)}))[0]

    own, staff = read(record_id, **auditor), read(record_id)
    foreign, missing = read(record_id, tenant="globex", **auditor), read("f" * 32, tenant="globex", **auditor)

    assert own.json()["record"]["record_id"] == record_id
    assert staff.status_code == 403
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace(foreign.json()["request_id"], "") == missing.text.replace(
        missing.json()["request_id"], ""
    )
    assert service.records()[1]["read_record_id"] == record_id


def test_an_auditor_is_not_shown_how_much_other_tenants_ask(serve: Start) -> None:
    service = serve()
    auditor = service.idp.headers(groups=["auditors"])
    record_id = ask(service).json()["audit"]["record_id"]

    record = service.send(("GET", f"/v1/audit/{record_id}", {"headers": auditor}))[0].json()["record"]

    kept = service.records()[0]
    assert set(kept) - set(record) == {"seq", "prev_hash", "checkpoint"}
    assert {name: kept[name] for name in record} == record
