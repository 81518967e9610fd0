"""What the reference system does under load, in a process of its own behind a real socket.

    python benchmarks/load.py --seconds 60

Clients of several tenants ask at once for a while. Then three things are looked at, and each must hold:
every response has exactly one audit record, of the right tenant and status; no response to one tenant holds the canary
of another; and the canary of the tenant itself was seen, without which the second would prove nothing.
"""

import asyncio
import hashlib
import itertools
import json
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import httpx

from harness.domain.cases import Principal
from harness.targets.identity import Issuer, Wallet, new_issuer

START_S = 120
STOP_S = 60
SEED = 17

TOPICS = {
    "annual-leave": (
        "Annual leave",
        "Annual leave is {n} days a year for full-time staff",
        "How long is annual leave?",
    ),
    "sick-pay": ("Sick pay", "Sick pay lasts {n} weeks", "How many weeks does sick pay last?"),
    "notice": ("Notice", "The notice period is {n} weeks", "What is the notice period?"),
    "travel": ("Travel", "A hotel may cost {n} euros a night", "What may a hotel cost?"),
    "training": ("Training", "Each employee has {n} days of training a year", "How many days of training are there?"),
    "parking": ("Parking", "The car park has {n} places for visitors", "How many places does the car park have?"),
}
"""Slug: title, sentence, question."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with the random marker that stands in every one of its documents, and in nobody else's."""

    name: str
    canary: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One response: whose it is, what it says for itself, and whose canaries are in it."""

    tenant: str
    status: int
    request_id: str
    spent_ms: float
    canaries: frozenset[str]
    """Names of tenants."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found."""

    seconds: float
    clients: int
    samples: tuple[Sample, ...]
    faults: tuple[str, ...]
    """What must not be; empty where all is well."""

    def lines(self) -> Iterator[str]:
        """The figures, for a terminal."""
        answered = sorted(sample.spent_ms for sample in self.samples if sample.status == 200)
        tenants = Counter(sample.tenant for sample in self.samples)
        statuses = Counter(sample.status for sample in self.samples)
        yield f"{self.clients} clients of {len(tenants)} tenants for {self.seconds:.1f} s"
        yield f"responses   {', '.join(f'{count} x {status}' for status, count in sorted(statuses.items()))}"
        yield f"throughput  {len(answered) / self.seconds:.1f} answers/s"
        if len(answered) > 1:
            cuts = statistics.quantiles(answered, n=20, method="inclusive")
            yield f"latency     p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms"
        yield f"faults      {len(self.faults)}"
        yield from self.faults


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True)
@click.option("--clients", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--tenants", type=click.IntRange(min=2), default=3, show_default=True)
@click.option("--cache-folder", type=click.Path(file_okay=False, path_type=Path), default=Path(".cache"))
def main(*, seconds: float, clients: int, tenants: int, cache_folder: Path) -> None:
    """Put the reference system under load. Exit code 1 where a record is lost or a text is not its reader's."""
    with TemporaryDirectory() as folder:
        report = run(Path(folder), cache_folder, seconds=seconds, clients=clients, tenants=tenants)
    click.echo("\n".join(report.lines()))
    sys.exit(1 if report.faults else 0)


def run(folder: Path, cache_folder: Path, *, seconds: float, clients: int, tenants: int) -> Report:
    """Serve from `folder`, ask for `seconds`, stop the server, read its log."""
    named = [Tenant(f"tenant-{number}", f"zq{secrets.token_hex(12)}") for number in range(tenants)]
    issuer = new_issuer()
    write_corpus(named, folder / "documents.jsonl")
    (folder / "jwks.json").write_text(json.dumps(issuer.public_keys()), encoding="utf-8")
    with served(folder, cache_folder, issuer) as address:
        started = time.perf_counter()
        samples = asyncio.run(ask(address, named, issuer, clients, seconds))
        spent_s = time.perf_counter() - started
    log = (folder / "work" / "audit" / "audit.jsonl").read_text(encoding="utf-8")
    records = [json.loads(line) for line in log.splitlines()]
    return Report(spent_s, clients, tuple(samples), tuple(faults(samples, records, named)))


def write_corpus(tenants: Iterable[Tenant], path: Path) -> None:
    """The same topics for every tenant, so that each one's best passages are each other's nearest neighbours."""
    figure = random.Random(SEED)
    lines = []
    for tenant, (slug, (title, sentence, _)) in itertools.product(tenants, TOPICS.items()):
        text = f"# {title}\n\n{sentence.format(n=figure.randint(5, 90))}, see {tenant.canary}.\n"
        members: dict[str, object] = {
            "id": f"{tenant.name}/{slug}",
            "tenant": tenant.name,
            "title": title,
            "text": text,
            "uri": f"https://{tenant.name}.example/{slug}",
            "version": "1",
            "valid_from": "2026-01-01",
            "supersedes": None,
            "owner": "people-team",
            "classification": "internal",
            "allow_groups": ["everyone"],
            "deny_groups": [],
            "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(),
        }
        lines.append(json.dumps(members) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


@contextmanager
def served(folder: Path, cache_folder: Path, issuer: Issuer) -> Iterator[str]:
    """The address of the reference system, in a process of its own. It is stopped in the end, and must stop cleanly."""
    port = _free_port()
    options = {
        "documents": folder / "documents.jsonl",
        "jwks": folder / "jwks.json",
        "issuer": issuer.name,
        "audience": issuer.audience,
        "port": port,
        "work-folder": folder / "work",
        "cache-folder": cache_folder.resolve(),
    }
    command = [
        sys.executable,
        "-m",
        "system_under_test",
        "serve",
        *(f"--{name}={value}" for name, value in options.items()),
    ]
    with (folder / "served.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _until_ready(address, process, folder / "served.log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
    # Once it has shut down in order, the server dies of the signal itself; whatever else it says is a fault.
    if process.returncode != -signal.SIGTERM:
        raise RuntimeError(f"the system did not stop cleanly: {process.returncode}")


async def ask(address: str, tenants: Sequence[Tenant], issuer: Issuer, clients: int, seconds: float) -> list[Sample]:
    """What came back to clients that each ask again as soon as they are answered."""
    wallet, samples = Wallet(issuer), list[Sample]()
    principals = [Principal(tenant.name, tenant.name, "user-1", ("everyone",), "internal") for tenant in tenants]
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60, trust_env=False) as client:

        async def work(number: int) -> None:
            chooser, principal = random.Random(SEED + number), principals[number % len(principals)]
            while time.perf_counter() < until:
                _, _, question = chooser.choice(list(TOPICS.values()))
                body = {"question": question, "route": chooser.choice(["fast", "better"])}
                headers = {"authorization": f"Bearer {wallet.token(principal)}"}
                started = time.perf_counter()
                response = await client.post("/v1/answer", json=body, headers=headers)
                samples.append(_sample(principal.tenant, response, (time.perf_counter() - started) * 1_000, tenants))

        until = time.perf_counter() + seconds
        await asyncio.gather(*(work(number) for number in range(clients)))
    return samples


def faults(samples: Sequence[Sample], records: Sequence[Mapping[str, Any]], tenants: Sequence[Tenant]) -> Iterator[str]:
    """Everything that must not be, one line for each kind and tenant or request."""
    kept = Counter(record["record_id"] for record in records)
    by_id = {record["record_id"]: record for record in records}
    for sample in samples:
        if kept[sample.request_id] != 1:
            yield f"request {sample.request_id} of {sample.tenant} has {kept[sample.request_id]} audit records"
        elif (by_id[sample.request_id]["tenant"], by_id[sample.request_id]["status"]) != (sample.tenant, sample.status):
            yield f"request {sample.request_id} of {sample.tenant} is recorded as another"
        for other in sorted(sample.canaries - {sample.tenant}):
            yield f"request {sample.request_id} of {sample.tenant} was shown text of {other}"
        if sample.status not in (200, 429):
            yield f"request {sample.request_id} of {sample.tenant} was answered with {sample.status}"
    for tenant in tenants:
        own = [sample for sample in samples if sample.tenant == tenant.name and sample.status == 200]
        if not own or not all(tenant.name in sample.canaries for sample in own):
            yield f"{tenant.name} was not shown its own canary in every answer: that nobody else was proves nothing"
    unknown = kept.keys() - {sample.request_id for sample in samples}
    if unknown:
        yield f"{len(unknown)} audit records belong to no response"


def _sample(tenant: str, response: httpx.Response, spent_ms: float, tenants: Sequence[Tenant]) -> Sample:
    body = response.json()
    request_id = body["audit"]["record_id"] if response.status_code == 200 else body["request_id"]
    text = response.text.casefold()
    seen = frozenset(one.name for one in tenants if one.canary in text)
    return Sample(tenant, response.status_code, request_id, spent_ms, seen)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def _until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the system did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        try:
            if httpx.get(f"{address}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the system was not ready in time")


if __name__ == "__main__":
    main()
