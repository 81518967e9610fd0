"""Under load: no record is lost and no tenant sees another's text. And: a run in which that happens is seen."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def load(repository: Path) -> ModuleType:
    """The benchmark, which is no package."""
    spec = importlib.util.spec_from_file_location("benchmark_load", repository / "benchmarks" / "load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up by name
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_fifty_clients_of_three_tenants_lose_no_record_and_see_no_foreign_text(
    load: ModuleType, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = load.run(tmp_path, repository / ".cache", seconds=5, clients=50, tenants=3)

    with capsys.disabled():
        print("\n" + "\n".join(report.lines()))  # noqa: T201 - the figures are what one runs it for
    assert report.faults == ()
    assert sum(sample.status == 200 for sample in report.samples) >= 50


def run_of(load: ModuleType) -> tuple[list[Any], list[dict[str, Any]], list[Any]]:
    """A run in which all is well: samples, records, tenants."""
    tenants = [load.Tenant("acme", "zq1"), load.Tenant("globex", "zq2")]
    samples = [
        load.Sample(tenant.name, 200, f"{tenant.name}-{number}", 10.0 + number, frozenset({tenant.name}))
        for tenant in tenants
        for number in range(3)
    ]
    records = [{"record_id": one.request_id, "tenant": one.tenant, "status": one.status} for one in samples]
    return samples, records, tenants


def test_a_run_in_which_all_is_well_has_no_fault_and_shows_its_figures(load: ModuleType) -> None:
    samples, records, tenants = run_of(load)

    lines = list(load.Report(2.0, 2, tuple(samples), tuple(load.faults(samples, records, tenants))).lines())

    assert lines == [
        "2 clients of 2 tenants for 2.0 s",
        "responses   6 x 200",
        "throughput  3.0 answers/s",
        "latency     p50 11 ms, p95 12 ms",
        "faults      0",
    ]


Break = Callable[[list[Any], list[dict[str, Any]]], None]


def lose_a_record(_: list[Any], records: list[dict[str, Any]]) -> None:
    records.pop()


def write_a_record_twice(_: list[Any], records: list[dict[str, Any]]) -> None:
    records.append(records[0])


def record_another_tenant(_: list[Any], records: list[dict[str, Any]]) -> None:
    records[0]["tenant"] = "globex"


def record_another_status(_: list[Any], records: list[dict[str, Any]]) -> None:
    records[0]["status"] = 500


def record_what_nobody_asked(_: list[Any], records: list[dict[str, Any]]) -> None:
    records.append({"record_id": "x", "tenant": "acme", "status": 200})


def leak(samples: list[Any], _: list[dict[str, Any]]) -> None:
    samples[0] = replace(samples[0], canaries=frozenset({"acme", "globex"}))


def answer_without_the_own_text(samples: list[Any], _: list[dict[str, Any]]) -> None:
    samples[0] = replace(samples[0], canaries=frozenset())


def answer_one_tenant_only(samples: list[Any], records: list[dict[str, Any]]) -> None:
    samples[:] = samples[:3]
    records[:] = records[:3]


def fail(samples: list[Any], records: list[dict[str, Any]]) -> None:
    samples[0] = replace(samples[0], status=500)
    records[0]["status"] = 500


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lose_a_record, "has 0 audit records"),
        (write_a_record_twice, "has 2 audit records"),
        (record_another_tenant, "is recorded as another"),
        (record_another_status, "is recorded as another"),
        (record_what_nobody_asked, "1 audit records belong to no response"),
        (leak, "acme was shown text of globex"),
        (answer_without_the_own_text, "acme was not shown its own canary"),
        (answer_one_tenant_only, "globex was not shown its own canary"),
        (fail, "was answered with 500"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_run_in_which_something_is_wrong_says_so(load: ModuleType, break_it: Break, told: str) -> None:
    samples, records, tenants = run_of(load)

    break_it(samples, records)

    assert [fault for fault in load.faults(samples, records, tenants) if told in fault]
