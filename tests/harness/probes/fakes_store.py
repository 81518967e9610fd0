"""A small system with several tenants at the seam, whose documents can be put and deleted, and its faults by name."""

import asyncio
import json
import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from harness.domain.cases import Case, Extra, Judgment, Principal
from harness.domain.checks import Check, Rule
from harness.domain.corpus import Corpus, Document, GoldenSet
from harness.domain.stages import Change
from harness.domain.suites import Gate, ProbePlan, Suite
from harness.execute.engine import execute
from harness.execute.journal import Journal, observations_of, read_journal
from harness.execute.plan import plan
from harness.execute.talk import Talk
from harness.gate import decide
from harness.measure.aggregate import measure
from harness.measure.scoring import ledgers, score_all
from harness.scorers.access import may_see
from harness.scorers.catalogue import scorer_named
from harness.targets.target import PLAIN, Release
from harness.targets.wire import Reply

_FILLING = {"which", "does", "the", "have", "what", "its", "please"}
MATTERS = ("leave", "travel", "parking", "laptops", "visitors", "training")
WHY = "a reason that is long enough"


def small_set(*tenants: str) -> GoldenSet:
    """Six documents and three questions for each tenant; every tenant writes about the same matters."""
    documents = [_document(tenant, matter) for tenant in tenants for matter in MATTERS]
    people = [Principal(f"{name}-staff", name, f"user:{name}", ("everyone", "staff"), "internal") for name in tenants]
    cases = [
        Case(
            id=f"{who.tenant}-{matter}",
            kind="answerable",
            principal=who,
            question=f"How does the bureau decide about {matter} and who approves the request?",
            cluster=matter,
            judgments=(Judgment(f"{who.tenant}/{matter}", 3),),
        )
        for who in people
        for matter in MATTERS[:3]
    ]
    return GoldenSet("small", "1", "d" * 64, Corpus(tuple(documents), "c" * 64), tuple(people), tuple(cases))


def _document(tenant: str, matter: str) -> Document:
    number = MATTERS.index(matter)
    common = " ".join(("request", "bureau", "approves", "decide")[: number % 4 + 1])
    return Document(
        id=f"{tenant}/{matter}",
        tenant=tenant,
        title=matter.title(),
        text=f"The {matter} rules of {tenant}: {common} {f'{matter} ' * (number % 2 + 1)}in writing.",
        uri=f"https://intranet.{tenant}.example/{matter}",
        version="1",
        valid_from="",
        supersedes=None,
        owner="people",
        classification="internal",
        allow_groups=("staff",),
        deny_groups=(),
    )


class Store:
    """Answers from its documents by BM25 within the asker's tenant and permissions, but for the faults it is given."""

    name = "store"

    def __init__(self, documents: Sequence[Document], *faults: str) -> None:
        self.documents = {(item.tenant, item.id): item for item in documents}
        self.given = dict(self.documents)
        self.faults = frozenset(faults)
        self.book: dict[str, Principal] = {}
        self.cached: dict[tuple[str, ...], dict[str, Any]] = {}
        self.asking: Principal | None = None
        self.changes: list[tuple[str, str, str]] = []
        self._numbers = count()

    def token_of(self, case: Case) -> str:
        """A token that the store knows its principal by."""
        token = sha256(repr(case.principal).encode()).hexdigest()
        self.book[token] = case.principal
        return token

    async def ask(
        self, verb: str, body: Mapping[str, object], token: str, timeout_s: float, extra: Extra = PLAIN
    ) -> Reply:
        """One reply; other asks may begin meanwhile."""
        who = self._believed(self.book[token], body, extra)
        self.asking = who
        for _ in range(3):
            await asyncio.sleep(0)
        if "mixes up who asks" in self.faults:
            who = self.asking
        if "strict" in self.faults and (not who.groups or "tenant" in body):
            return Reply(400, json.dumps({"error": "bad request"}), 1.0)
        if verb == "open":
            return self._opened(str(body["id"]), who)
        return Reply(200, json.dumps(self._found(verb, str(body["question"]), int(str(body["top_k"])), who)), 1.0)

    def _believed(self, who: Principal, body: Mapping[str, object], extra: Extra) -> Principal:
        named = {
            "believes the header": dict(extra.headers).get("X-Tenant-Id"),
            "believes the query": dict(extra.query).get("tenant"),
            "believes the body": body.get("tenant"),
        }
        others = [str(tenant) for fault, tenant in named.items() if fault in self.faults and tenant]
        return replace(who, tenant=others[0]) if others else who

    def _opened(self, name: str, who: Principal) -> Reply:
        there = [item for item in self.documents.values() if item.id == name]
        shown = next((item for item in there if self._sees(who, item, "opens")), None)
        number = f"req-{next(self._numbers)}" if "counts in the open" in self.faults else ""
        if shown is None:
            told = "forbidden" if there and "tells what is there" in self.faults else "not found"
            told = f"there is no {name}" if "echoes the id" in self.faults else told
            status = 429 if "is busy" in self.faults else 404
            return Reply(status, json.dumps({"error": told, "request": number}), 1.0)
        return Reply(200, json.dumps({"document": {"id": shown.id, "text": shown.text}, "request": number}), 1.0)

    def _sees(self, who: Principal, item: Document, way: str) -> bool:
        faults = self.faults
        if f"{way} anything of the tenant" in faults and who.tenant == item.tenant:
            return True
        if f"{way} anything" in faults:
            return True
        if "lets anyone in without groups" in faults and not who.groups and who.tenant == item.tenant:
            return True
        if "takes no list for everyone" in faults and not item.allow_groups:
            item = replace(item, allow_groups=who.groups)
        if "lets allow win" in faults:
            item = replace(item, deny_groups=())
        if "asks for all denied groups" in faults and not set(item.deny_groups) >= set(who.groups):
            item = replace(item, deny_groups=())
        if "compares the beginning of groups" in faults:
            begun = [mine for mine in who.groups if any(mine.startswith(own) for own in item.allow_groups)]
            item = replace(item, allow_groups=(*item.allow_groups, *begun))
        if "forgets the class" in faults:
            item = replace(item, classification="public")
        if "knows three classes" in faults and item.classification == "restricted":
            item = replace(item, classification="confidential")
        return may_see(who, item)

    def _found(self, verb: str, question: str, top_k: int, who: Principal) -> dict[str, Any]:
        key = self._cache_key(verb, question, who)
        if key in self.cached:
            return self.cached[key]
        seen = [item for item in self.documents.values() if self._sees(who, item, "finds")]
        counted = [item for item in self.documents.values() if item.tenant == who.tenant]
        if "counts everybody's terms" in self.faults:
            counted = list(self.documents.values())
        if "filters afterwards" in self.faults:
            best = _ranked(question, list(self.documents.values()), counted)[:top_k]
            ranked = [item for item in best if item in seen]
        else:
            ranked = _ranked(question, seen, counted)[:top_k]
        reply: dict[str, Any] = {
            "answer": ranked[0].text if ranked and verb == "answer" else "",
            "refused": not ranked,
            "passages": [_passage(rank, item) for rank, item in enumerate(ranked, 1)],
        }
        if "counts its answers" in self.faults:
            reply["total"] = next(self._numbers)
        if key:
            self.cached[key] = reply
        return reply

    def _cache_key(self, verb: str, question: str, who: Principal) -> tuple[str, ...]:
        rights = (*who.groups, who.clearance)
        if "caches without the tenant" in self.faults:
            return (verb, question, *rights)
        if "caches by likeness" in self.faults:
            return (verb, " ".join(sorted(_words(question) - _FILLING)), *rights)
        return (verb, question, who.tenant) if "caches without the groups" in self.faults else ()

    async def change(self, change: Change, token: str, timeout_s: float) -> Reply:
        """Confirmed, whether it arrives or not."""
        name = (change.document.tenant, change.document.id)
        self.changes.append((change.action, *name))
        if "forgets what it confirms" in self.faults:
            return Reply(200, "", 1.0)
        if "knows documents by id alone" in self.faults and change.action == "put":
            self.documents = {key: item for key, item in self.documents.items() if key[1] != name[1]}
        if change.action == "put":
            self.documents[name] = change.document
        else:
            self.documents.pop(name, None)
        return Reply(200, "", 1.0)

    async def release(self, token: str) -> Release:
        """Always the same."""
        return Release({"name": "store"})

    async def close(self) -> None:
        """Nothing is held."""


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9-]{3,}", text.lower()))


def _ranked(question: str, seen: Sequence[Document], counted: Sequence[Document]) -> list[Document]:
    """By BM25 without length, with the statistics of `counted`; equal ones by id."""
    frequency = Counter(word for item in counted for word in _words(f"{item.title} {item.text}"))
    wanted = _words(question)

    def score(item: Document) -> float:
        held = Counter(re.findall(r"[a-z0-9-]{3,}", f"{item.title} {item.text}".lower()))
        return sum(
            math.log(1 + (len(counted) - frequency[word] + 0.5) / (frequency[word] + 0.5))
            * held[word]
            / (held[word] + 1)
            for word in sorted(wanted)
            if held[word] and len(counted) >= frequency[word]
        )

    scored = sorted((round(-score(item), 9), item.tenant, item.id) for item in seen)
    by_name = {(item.tenant, item.id): item for item in seen}
    return [by_name[tenant, name] for points, tenant, name in scored if points < 0]


def _passage(rank: int, item: Document) -> dict[str, Any]:
    source = {"document_id": item.id, "title": item.title}
    return {"id": f"{item.id}#1", "rank": rank, "text": item.text, "tenant": item.tenant, "source": source}


def hits_none(metric: str) -> Rule:
    """A rule that no hit satisfies, with a rate that any number of cases shows."""
    return Rule(metric, metric, "count", "zero_tolerance", None, WHY, max_rate=0.99)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a family found of a store."""

    checks: Mapping[str, Check]
    """By metric."""
    reasons: Mapping[str, str]
    """Of every score that is a hit or has no value, by case id and metric."""
    hits: frozenset[tuple[str, str]]
    """Case id and metric of every score that is a hit."""
    store: Store

    @property
    def statuses(self) -> dict[str, str]:
        """The reason code of each check by its metric."""
        return {name: check.reason for name, check in self.checks.items()}


def random_hex() -> Callable[[int], str]:
    """Bytes that look random and are the same each time."""
    numbers = count()
    return lambda size: sha256(str(next(numbers)).encode()).hexdigest()[: 2 * size]


def tried(plan_: ProbePlan, metrics: Sequence[str], *faults: str, tenants: Sequence[str] = ("ash", "birch")) -> Outcome:
    """A family run against a store with the faults, from the plan to the decision."""
    golden = small_set(*tenants)
    rules = tuple(hits_none(metric) for metric in metrics)
    suite = Suite("suite", "1", "answer", 10, ("",), 1, 4, 0, 5.0, None, plan_, tuple(metrics), rules, "5" * 64)
    gate = Gate("gate", "1", "store", "golden", (suite,), digest="6" * 64)
    planned = plan(gate, golden, (), random_hex())
    store = Store(golden.corpus.documents, *faults)
    talk = Talk(store, store.token_of, lambda tenant: tenant, lambda tenant: tenant)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"

        async def walk() -> None:
            with Journal(path) as journal:
                await execute(gate, planned, golden.corpus.documents, frozenset(), talk, journal, lambda _: None)

        asyncio.run(walk())
        seen = observations_of(gate, planned.asks, read_journal(path))
    scorer_of = cache(lambda name: scorer_named(name, golden.corpus, replies=seen))
    scores = score_all(gate, planned.asks, seen, scorer_of)
    measured = measure(gate, planned.asks, scores, scorer_of)
    verdict = decide(gate, measured, ledgers(gate, planned.asks, seen), (), "7" * 64, "2026-01-01T00:00:00Z")
    bad = {item.metric: 0.0 if item.metric == "control" else 1.0 for item in scores}
    reasons = {
        f"{item.case_id} {item.metric}": item.reason
        for item in scores
        if item.value is None or item.value == bad[item.metric]
    }
    hits = frozenset((item.case_id, item.metric) for item in scores if item.value == bad[item.metric])
    return Outcome({check.rule.metric: check for check in verdict.checks}, reasons, hits, store)
