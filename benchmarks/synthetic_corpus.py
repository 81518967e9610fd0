"""A corpus of any size from a seed: made-up words, topics, access rules, and vectors that need no model.

A document is about one topic, so its words and its vector are near those of others about the same. Sizes follow what
firms have: passages of about 130 words in six sentences, three to a document; six documents in ten open to everyone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

import numpy as np
from numpy.typing import NDArray

from system_under_test.nouns import CLASSIFICATIONS, Classification, Document, Principal
from system_under_test.retrieval.access import allowed, scope_of

WORDS, TOPICS, TOPIC_WORDS = 30_000, 200, 60
SECTIONS, SENTENCES, LENGTH = 3, 6, 22
"""Passages of a document, sentences of a passage, words of a sentence."""
DEPARTMENTS = tuple(f"department-{number}" for number in range(8))
DIMENSIONS = 384
_BATCH = 2_000
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u")]
_SHARES = (0.4, 0.35, 0.2, 0.05)
"""Of the classes, public to restricted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with who asks it."""

    principal: Principal
    text: str


class Language:
    """Made-up words whose frequencies follow Zipf's law, and topics that prefer some of them."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        words: dict[str, None] = {}
        while len(words) < WORDS:
            words["".join(random.choices(_SYLLABLES, k=random.randint(2, 4)))] = None
        self.words = tuple(words)
        # The most frequent word is in about four passages of ten, as the commonest stem that is no stop word is.
        self.weights = np.cumsum([1 / (rank + 30) for rank in range(WORDS)]).tolist()
        self.topics = [random.sample(self.words[200:], TOPIC_WORDS) for _ in range(TOPICS)]

    def sentence(self, random: Random, topic: int) -> str:
        """A sentence about a topic: a third of its words are the topic's own."""
        third = LENGTH // 3
        words = random.choices(self.words, cum_weights=self.weights, k=LENGTH - third)
        words += random.choices(self.topics[topic], k=third)
        random.shuffle(words)
        return " ".join(words).capitalize() + "."


class WordVectors:
    """An `Embedder` without a model: the unit sum of a fixed random direction for each word, rare words the longer."""

    def __init__(self, language: Language, seed: int) -> None:
        self._row = {word: row for row, word in enumerate(language.words)}
        directions = np.random.default_rng(seed).standard_normal((WORDS + 1, DIMENSIONS), np.float32)
        self._vectors = directions * np.log(np.arange(WORDS + 1, dtype=np.float32) + 2)[:, np.newaxis]

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 [n, 384], each exactly representable in float16."""
        result = np.empty((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(texts), _BATCH):
            rows = [self._rows(text) for text in texts[start : start + _BATCH]]
            starts = np.cumsum([0, *(len(row) for row in rows[:-1])])
            sums = np.add.reduceat(self._vectors[np.concatenate(rows)], starts, axis=0)
            result[start : start + len(rows)] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return result.astype(np.float16).astype(np.float32)

    def query(self, text: str) -> NDArray[np.float32]:
        """A unit vector, float32 [384]."""
        return self.passages([text])[0]

    def forget(self, texts: Sequence[str]) -> None:
        """Nothing is kept."""

    def words(self) -> frozenset[str]:
        """The most frequent words, and what a question begins with."""
        return frozenset([*list(self._row)[:500], "what"])

    def _rows(self, text: str) -> list[int]:
        return [self._row.get(word, WORDS) for word in text.lower().replace(".", " ").split()] or [WORDS]


def documents_of(language: Language, tenants: int, passages: int, seed: int) -> Iterator[Document]:
    """Documents of `tenants` tenants that together have at least `passages` passages, tenant by tenant."""
    random = Random(seed)
    for tenant in range(tenants):
        for number in range(-(-passages // (tenants * SECTIONS))):
            yield _document(language, random, f"tenant-{tenant:02}", number)


def questions_of(documents: Sequence[Document], count: int, seed: int) -> list[Asked]:
    """Questions in the words of a document that the asker may see; in one of ten a word is misspelt."""
    random = Random(seed)
    asked: list[Asked] = []
    while len(asked) < count:
        document = random.choice(documents)
        groups = frozenset({"everyone", random.choice(DEPARTMENTS)})
        principal = _principal(random, document.tenant, groups)
        if not allowed(scope_of(principal), document):
            continue
        words = random.sample(document.text.lower().replace(".", " ").replace("#", " ").split(), 9)
        if len(asked) % 10 == 0:
            longest = max(range(len(words)), key=lambda place: len(words[place]))
            words[longest] = words[longest][:-2] + "x" + words[longest][-1]
        asked.append(Asked(principal, f"what is {' '.join(words)}?"))
    return asked


def _principal(random: Random, tenant: str, groups: frozenset[str]) -> Principal:
    clearance: Classification = random.choices(CLASSIFICATIONS, weights=_SHARES)[0]
    return Principal(tenant, "benchmark", groups, clearance, "benchmark", 0)


def _document(language: Language, random: Random, tenant: str, number: int) -> Document:
    topic = random.randrange(TOPICS)
    title = " ".join(random.sample(language.topics[topic], 3)).capitalize()
    sections = [
        f"## {' '.join(random.sample(language.topics[topic], 2))}\n\n"
        + " ".join(language.sentence(random, topic) for _ in range(SENTENCES))
        for _ in range(SECTIONS)
    ]
    text = f"# {title}\n\n" + "\n\n".join(sections)
    identifier = f"{tenant}/{number:05}"
    return Document(
        id=identifier,
        tenant=tenant,
        title=title,
        text=text,
        uri=f"https://{tenant}.example/{number:05}",
        version="1",
        valid_from="",
        supersedes=None,
        owner="benchmark",
        classification=random.choices(CLASSIFICATIONS, weights=_SHARES)[0],
        allow_groups=frozenset({"everyone"} if random.random() < 0.6 else random.sample(DEPARTMENTS, 2)),
        deny_groups=frozenset(random.sample(DEPARTMENTS, 1) if random.random() < 0.02 else ()),
        sha256=sha256(text.encode()).hexdigest(),
    )
