"""The Merkle tree against the published vectors, against the definition in RFC 9162, and by its laws."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_holds,
    consistency_spans,
    inclusion_holds,
    inclusion_spans,
    leaf_hash,
    node_hash,
    roots_of,
)

ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The eight entries, and below the roots and proofs, of the tests of the certificate-transparency implementation."""
ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = [
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (2, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
"""Place from 1, size, path."""
CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
LEAVES = [leaf_hash(bytes([number])) for number in range(130)]


def root_of(leaves: list[bytes]) -> bytes:
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = max(power for power in (1 << bit for bit in range(20)) if power < len(leaves))
    return node_hash(defined_root(leaves[:middle]), defined_root(leaves[middle:]))


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]) == ROOTS[size]


@pytest.mark.parametrize(("place", "size", "path"), INCLUSION)
def test_the_inclusion_proofs_are_the_published_ones(place: int, size: int, path: list[str]) -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]

    made = roots_of(inclusion_spans(place - 1, size), leaves)

    assert [one.hex() for one in made] == path
    assert inclusion_holds(leaves[place - 1], place - 1, size, made, ROOTS[size])
    assert not inclusion_holds(leaves[place], place - 1, size, made, ROOTS[size]) or place == size


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_the_consistency_proofs_are_the_published_ones(first: int, second: int, path: list[str]) -> None:
    made = roots_of(consistency_spans(first, second), [leaf_hash(entry) for entry in ENTRIES])

    assert [one.hex() for one in made] == path
    assert consistency_holds(first, ROOTS[first], second, ROOTS[second], made)


def test_an_entry_never_has_the_hash_of_a_node() -> None:
    left, right = LEAVES[:2]

    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"") != EMPTY_ROOT


@pytest.mark.parametrize("size", [*range(18), 31, 32, 33, 63, 64, 65, 127, 128, 129])
def test_a_tree_that_grew_has_the_root_of_the_definition(size: int) -> None:
    assert root_of(LEAVES[:size]) == defined_root(LEAVES[:size])


def test_what_is_kept_of_a_tree_grows_with_the_logarithm() -> None:
    tree = Frontier()
    most = 0
    for leaf in LEAVES * 8:
        tree.append(leaf)
        most = max(most, len(tree._roots))

    assert most <= (len(LEAVES) * 8).bit_length()


def test_every_proof_between_every_two_sizes_verifies() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(34)]

    for second in range(34):
        for first in range(second + 1):
            path = roots_of(consistency_spans(first, second), LEAVES)
            assert consistency_holds(first, roots[first], second, roots[second], path), (first, second)
        for index in range(second):
            path = roots_of(inclusion_spans(index, second), LEAVES)
            assert inclusion_holds(LEAVES[index], index, second, path, roots[second]), (index, second)


sizes = st.integers(1, 70)


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_an_inclusion_proof_with_a_flipped_bit_does_not_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, root = roots_of(inclusion_spans(index, size), LEAVES), root_of(LEAVES[:size])
    parts = [LEAVES[index], root, *path]
    which, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))

    parts[which] = flipped(parts[which], bit)

    assert inclusion_holds(LEAVES[index], index, size, path, root)
    assert not inclusion_holds(parts[0], index, size, parts[2:], parts[1])


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_a_consistency_proof_with_a_flipped_bit_does_not_verify(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    path = roots_of(consistency_spans(first, second), LEAVES)
    parts = [root_of(LEAVES[:first]), root_of(LEAVES[:second]), *path]
    which, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))

    assert consistency_holds(first, parts[0], second, parts[1], path)
    parts[which] = flipped(parts[which], bit)
    assert not consistency_holds(first, parts[0], second, parts[1], parts[2:])


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_a_proof_for_another_place_or_with_another_length_does_not_verify(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size + 1))
    path, root = roots_of(inclusion_spans(index, size), LEAVES), root_of(LEAVES[:size])

    assert (index == other) == inclusion_holds(LEAVES[index], other, size, path, root)
    assert not inclusion_holds(LEAVES[index], index, size, [*path, root], root)
    assert not path or not inclusion_holds(LEAVES[index], index, size, path[:-1], root)


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_a_tree_with_another_beginning_is_not_consistent(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    changed = data.draw(st.integers(0, first - 1))
    other = [*LEAVES[:changed], flipped(LEAVES[changed], 0), *LEAVES[changed + 1 : second]]

    path = roots_of(consistency_spans(first, second), other)

    assert not consistency_holds(first, root_of(LEAVES[:first]), second, root_of(other), path)


def test_proofs_about_trees_that_cannot_be_are_refused() -> None:
    assert not consistency_holds(3, ROOTS[3], 2, ROOTS[2], [])
    assert not consistency_holds(0, ROOTS[1], 2, ROOTS[2], [])
    assert not consistency_holds(2, ROOTS[2], 2, ROOTS[3], [])
    assert not consistency_holds(3, ROOTS[3], 8, ROOTS[8], [])
    with pytest.raises(ValueError, match="not in the tree"):
        inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="no prefix"):
        consistency_spans(4, 3)


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
