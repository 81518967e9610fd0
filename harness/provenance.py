"""The identity of a run: names, versions and digests of all that can move a number."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.domain.corpus import GoldenSet
from harness.domain.digest import digest_of, digest_of_bytes
from harness.domain.runs import Run
from harness.domain.suites import Gate
from harness.evidence.folder import plan_digest
from harness.execute.plan import Plan
from harness.probes import authentication, detection, isolation
from harness.probes.staged import STAGED
from harness.scorers.scorer import Scorer
from harness.targets.target import Release

CODE = "harness_code"
"""Where a run's environment holds the digest of the code that judged it."""

_PACKAGES = (
    "rag-release-gate",
    "numpy",
    "scipy",
    "pyarrow",
    "pydantic",
    "httpx",
    "qdrant-edge-py",
    "onnxruntime",
    "litellm",
    "ragas",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What names a run beside its inputs."""

    run_id: str
    target: str
    started_at: str


def describe_run(
    identity: Identity,
    gate: Gate,
    golden_set: GoldenSet,
    release: Release,
    plan: Plan,
    scorer_of: Callable[[str], Scorer],
    documents_digest: str,
) -> Run:
    """The run, complete before the first planned ask is made."""
    names = sorted({name for suite in gate.suites for name in suite.scorers})
    return Run(
        id=identity.run_id,
        gate=gate.name,
        gate_version=gate.version,
        gate_digest=gate.digest,
        golden_set=f"{golden_set.name} {golden_set.version}",
        golden_set_digest=golden_set.digest,
        corpus_digest=golden_set.corpus.digest,
        target=identity.target,
        release=dict(release.described),
        release_digest=release.digest,
        started_at=identity.started_at,
        scorer_versions={name: scorer_of(name).version for name in names},
        probe_versions={
            "isolation": isolation.VERSION,
            "authentication": authentication.VERSION,
            "detection": detection.VERSION,
            **{name: family.version for name, family in STAGED.items()},
        },
        environment=_environment(),
        planned=len(plan.asks),
        plan_digest=plan_digest(plan),
        documents_digest=documents_digest,
    )


def code_digest() -> str:
    """sha256 over the names and contents of the harness's own files: another digest may judge otherwise."""
    package = Path(__file__).parent
    files = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".json", ".j2", ".css"})
    return digest_of([[path.relative_to(package).as_posix(), digest_of_bytes(path.read_bytes())] for path in files])


def _environment() -> Mapping[str, str]:
    found = {"python": platform.python_version(), "platform": platform.platform(), CODE: code_digest()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
