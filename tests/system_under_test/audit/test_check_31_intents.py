"""Check 31 for changes: what is to be changed is on the disk before anything is, and how it ended before it is told."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from click.testing import CliRunner, Result

from system_under_test.audit.commands import audit
from system_under_test.audit.log import AuditLog
from system_under_test.errors import DocumentRefused, IndexFault
from system_under_test.nouns import Document, Principal

Start = Callable[..., Any]
ADMIN = {"groups": ["everyone", "document-admins"]}
PATH = "/v1/documents/acme/leave"
CHANGES = pytest.mark.parametrize("verb", ["PUT", "DELETE"])


class Disk:
    """A disk with room for so many more writes. One that does not fit leaves no byte behind, as on a real one."""

    def __init__(self) -> None:
        self.room: int | None = None
        self._held: dict[int, int] = {}

    def sync(self, handle: int) -> None:
        """Make what was written durable. Raises OSError where it does not fit."""
        if self.room == 0:
            os.ftruncate(handle, self._held.get(handle, 0))
            raise OSError(errno.ENOSPC, "no space left on device")
        if self.room is not None:
            self.room -= 1
        os.fsync(handle)
        self._held[handle] = os.fstat(handle).st_size


class Shelf:
    """Documents of all tenants by id, and how often they were changed."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.held = {("acme", "acme/leave"), ("globex", "secret")}
        self.changes = 0
        self.fault = fault
        self.before: Callable[[], object] = lambda: None
        """Called in the moment of a change."""

    def document(self, principal: Principal, document_id: str) -> Document | None:
        """Nothing is shown here."""
        return None

    def put(
        self, principal: Principal, document_id: str, members: Mapping[str, object]
    ) -> Literal["created", "replaced"]:
        """Change it, or fail as told."""
        self._change()
        return "replaced" if (principal.tenant, document_id) in self.held else "created"

    def remove(self, principal: Principal, document_id: str) -> bool:
        """Whether there was such a document."""
        self._change()
        return (principal.tenant, document_id) in self.held

    def _change(self) -> None:
        self.before()
        if self.fault is not None:
            raise self.fault
        self.changes += 1


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def service(serve: Start, tmp_path: Path, disk: Disk, shelf: Shelf) -> Iterator[Any]:
    """A gateway over the shelf, with its log on the disk."""
    path = tmp_path / "log" / "audit.jsonl"
    service = serve(documents=shelf, audit=AuditLog(path, sync=disk.sync))
    service.audit_path = path
    yield service
    disk.room = None


def send(service: Any, verb: str, path: str = PATH, **claims: object) -> httpx.Response:
    headers = service.idp.headers(**{**ADMIN, **claims})
    arguments: dict[str, Any] = {"json": {}} if verb == "PUT" else {}
    response: httpx.Response = service.send((verb, path, {"headers": headers, **arguments}))[0]
    return response


def verified(service: Any) -> Result:
    """What an auditor is told of the log."""
    folder = service.audit_path.parent
    key = folder.parent / "audit-key.pub"
    key.write_text(CliRunner().invoke(audit, ["key", str(folder / "audit-key.pem")]).output)
    return CliRunner().invoke(audit, ["verify", str(folder), "--key", str(key)])


@CHANGES
def test_check_31_nothing_is_changed_where_the_intent_cannot_be_kept(
    service: Any, disk: Disk, shelf: Shelf, verb: str
) -> None:
    disk.room = 0

    response = send(service, verb)

    assert (response.status_code, shelf.changes) == (503, 0)
    assert service.records() == []
    assert "outcome not recorded" not in verified(service).output


@CHANGES
def test_check_31_a_change_whose_outcome_cannot_be_kept_is_told_as_unavailable_and_the_log_says_so(
    service: Any, disk: Disk, shelf: Shelf, verb: str
) -> None:
    disk.room = 1

    response = send(service, verb)
    told = verified(service)

    assert (response.status_code, shelf.changes) == (503, 1)
    assert [record["outcome"] for record in service.records()] == ["intended"]
    assert told.exit_code == 0
    assert "note:  outcome not recorded: record 1 says what was to be changed" in told.output


@CHANGES
def test_check_31_a_change_leaves_its_intent_and_its_outcome_which_names_the_intent(service: Any, verb: str) -> None:
    response = send(service, verb)

    intent, outcome = service.records()
    same = ("endpoint", "tenant", "subject_hash", "token_hash", "groups_hash", "release")
    assert response.json()["audit"]["record_id"] == outcome["record_id"] != intent["record_id"]
    assert (intent["outcome"], intent["status"]) == ("intended", None)
    assert (outcome["outcome"], outcome["document_id"]) == ("answered", "acme/leave")
    assert outcome["intent_record_id"] == intent["record_id"]
    assert [intent[name] for name in same] == [outcome[name] for name in same]
    assert "outcome not recorded" not in verified(service).output


@CHANGES
def test_check_31_the_intent_is_durable_before_the_change_begins(service: Any, shelf: Shelf, verb: str) -> None:
    seen: list[list[str]] = []
    shelf.before = lambda: seen.append([record["outcome"] for record in service.records()])

    send(service, verb)

    assert seen == [["intended"]]


@pytest.mark.parametrize(
    ("fault", "status"), [(DocumentRefused("title", "x"), 400), (IndexFault("x"), 503), (RuntimeError("x"), 500)]
)
def test_check_31_a_change_that_fails_has_its_outcome_too(service: Any, shelf: Shelf, fault: Any, status: int) -> None:
    shelf.fault = fault

    response = send(service, "PUT")

    assert response.status_code == status
    assert [record["status"] for record in service.records()] == [None, status]
    assert "outcome not recorded" not in verified(service).output


def test_check_31_who_may_not_change_anything_intends_nothing(service: Any) -> None:
    statuses = [send(service, verb, groups=["everyone"]).status_code for verb in ("PUT", "DELETE")]

    assert statuses == [403, 403]
    assert [record["outcome"] for record in service.records()] == ["forbidden", "forbidden"]


def test_check_18_the_intents_for_a_foreign_and_a_missing_id_differ_in_the_pseudonym_alone(service: Any) -> None:
    for name in ("secret", "canary-7431"):
        assert send(service, "DELETE", f"/v1/documents/{name}").status_code == 404

    first, _, second, _ = service.records()
    differing = {name for name in first if first[name] != second[name]}
    assert differing <= {"record_id", "document_hash", "seq", "ts", "prev_hash", "checkpoint"}
    assert "canary-7431" not in service.audit_path.read_text()


def test_check_31_changes_at_once_each_have_their_own_intent(service: Any) -> None:
    async def run() -> None:
        async with service.client() as client:
            headers = service.idp.headers(**ADMIN)
            await asyncio.gather(*(client.put(f"{PATH}-{one}", json={}, headers=headers) for one in range(8)))

    asyncio.run(run())

    records = service.records()
    intents = {record["record_id"] for record in records if record["outcome"] == "intended"}
    assert len(records) == 16
    assert {record["intent_record_id"] for record in records if record["outcome"] == "answered"} == intents
    assert "outcome not recorded" not in verified(service).output
