"""The vector cache: what it serves, and the damage that it never serves."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from system_under_test.errors import VectorCacheError
from system_under_test.retrieval.vectors import DIMENSIONS, VectorCache, read_shipped, vector_key, write_shipped

ABSENT = Path("absent.parquet")
Half = NDArray[np.float16]


def unit(seed: int) -> Half:
    """A unit vector in float16."""
    vector = np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return (vector / np.linalg.norm(vector)).astype(np.float16)


def vectors(count: int) -> dict[bytes, Half]:
    """Vectors by key."""
    return {vector_key(f"text {number}", "policy"): unit(number) for number in range(count)}


def equal(left: dict[bytes, Half], right: dict[bytes, Half]) -> bool:
    """Whether two collections hold the same bytes."""
    return {key: value.tobytes() for key, value in left.items()} == {
        key: value.tobytes() for key, value in right.items()
    }


WRITER = """
import sys
from pathlib import Path
import numpy as np
from system_under_test.retrieval.vectors import VectorCache, vector_key

cache = VectorCache(Path(sys.argv[1]), Path("absent.parquet"))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    vector = np.random.default_rng(number).standard_normal(384)
    cache.put({vector_key(f"text {number}", "policy"): (vector / np.linalg.norm(vector)).astype(np.float16)})
"""


def test_a_key_tells_texts_and_policies_apart() -> None:
    keys = {
        vector_key("a", "p"),
        vector_key("b", "p"),
        vector_key("a", "q"),
        vector_key("ap", ""),
        vector_key("", "ap"),
    }

    assert len(keys) == 5


def test_what_was_put_is_got_by_another_cache_on_the_same_folder(tmp_path: Path) -> None:
    kept = vectors(1200)
    VectorCache(tmp_path, ABSENT).put(kept)

    found = VectorCache(tmp_path, ABSENT).get([*kept, vector_key("unknown", "policy")])

    assert equal(found, kept)


NAN = np.full(DIMENSIONS, np.nan, np.float16).tobytes()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    VectorCache(tmp_path, ABSENT).put(vectors(1))

    assert stat.S_IMODE((tmp_path / "vectors" / "vectors.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE vectors SET vector = zeroblob(768)", id="other-content"),
        pytest.param("UPDATE vectors SET vector = substr(vector, 1, 100)", id="cut-off"),
        pytest.param("UPDATE vectors SET digest = zeroblob(32)", id="other-digest"),
        pytest.param("UPDATE vectors SET vector = (SELECT max(vector) FROM vectors)", id="a-neighbours-vector"),
    ],
)
def test_a_damaged_entry_is_not_served_and_can_be_replaced(tmp_path: Path, damage: str) -> None:
    kept = vectors(2)
    cache = VectorCache(tmp_path, ABSENT)
    cache.put(kept)
    with sqlite3.connect(tmp_path / "vectors" / "vectors.sqlite") as connection:
        connection.execute(damage)
    connection.close()

    served = cache.get(list(kept))
    cache.put(kept)

    assert all(served[key].tobytes() == kept[key].tobytes() for key in served)
    assert len(served) < 2
    assert equal(cache.get(list(kept)), kept)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""], ids=["other-content", "empty"])
def test_a_damaged_file_serves_nothing_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    kept = vectors(2)
    path = tmp_path / "vectors" / "vectors.sqlite"
    path.parent.mkdir()
    path.write_bytes(content)
    cache = VectorCache(tmp_path, ABSENT)

    served = cache.get(list(kept))
    cache.put(kept)

    assert served == {}
    assert equal(cache.get(list(kept)), kept)


def test_two_processes_can_write_at_once(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    processes = [
        subprocess.Popen([*command, first, last], cwd=repository) for first, last in (("0", "40"), ("20", "60"))
    ]

    codes = [process.wait(60) for process in processes]

    assert codes == [0, 0]
    assert equal(VectorCache(tmp_path, ABSENT).get(list(vectors(60))), vectors(60))


def test_what_is_forgotten_is_gone_from_the_file_and_the_rest_is_not(tmp_path: Path) -> None:
    cache, known = VectorCache(tmp_path, Path("absent.parquet")), vectors(3)
    keys = list(known)
    cache.forget(keys)
    cache.put(known)
    file = tmp_path / "vectors" / "vectors.sqlite"
    before = [vector.tobytes() in file.read_bytes() for vector in known.values()]

    cache.forget([keys[0], vector_key("never kept", "policy")])

    assert before == [True, True, True]
    assert [vector.tobytes() in file.read_bytes() for vector in known.values()] == [False, True, True]
    assert equal(cache.get(keys), {key: known[key] for key in keys[1:]})


def test_a_cache_that_cannot_forget_says_so(tmp_path: Path) -> None:
    cache, known = VectorCache(tmp_path, Path("absent.parquet")), vectors(1)
    cache.put(known)
    file = tmp_path / "vectors" / "vectors.sqlite"
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("ALTER TABLE vectors RENAME TO others")
    connection.close()

    with pytest.raises(VectorCacheError, match="cannot be written"):
        cache.forget(list(known))


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "vectors" / "vectors.sqlite").mkdir(parents=True)

    with pytest.raises(VectorCacheError, match="cannot be written"):
        VectorCache(tmp_path, ABSENT).put(vectors(1))


def test_shipped_vectors_are_read_and_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    kept = vectors(50)
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    write_shipped(first, kept)
    write_shipped(second, dict(reversed(kept.items())))

    assert first.read_bytes() == second.read_bytes()
    assert equal(read_shipped(first), kept)
    assert equal(VectorCache(tmp_path, first).get(list(kept)), kept)


def test_every_damaged_byte_of_the_shipped_vectors_is_noticed(tmp_path: Path) -> None:
    kept = vectors(3)
    path = tmp_path / "shipped.parquet"
    write_shipped(path, kept)
    content = path.read_bytes()

    for position in range(4, len(content) - 4, 97):
        path.write_bytes(content[:position] + bytes([content[position] ^ 0x55]) + content[position + 1 :])
        try:
            found = read_shipped(path)
        except VectorCacheError:
            continue
        assert equal(found, kept)


def test_a_shipped_vector_that_is_not_a_unit_vector_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shipped.parquet"
    write_shipped(path, {vector_key("text", "policy"): np.frombuffer(NAN, np.float16)})

    with pytest.raises(VectorCacheError, match="damaged vector"):
        read_shipped(path)
