"""The Merkle tree over the records, and proofs about it. RFC 9162 section 2.1 with SHA-256.

A hash is 32 bytes. The leaf of a record is SHA-256(0x00 || its line without the newline), a node is
SHA-256(0x01 || left || right), and the root of no records is SHA-256 of nothing. The two prefixes keep a node from ever
passing for a record.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees, side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """What must be kept of a tree to grow it: the roots of its full subtrees, at most one for each power of two."""

    def __init__(self) -> None:
        self.size = 0
        """Leaves so far."""
        self._roots: list[bytes] = []
        """Of the full subtrees, from the largest to the smallest."""

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next entry."""
        self._roots.append(leaf)
        full = self.size
        while full & 1:
            right = self._roots.pop()
            self._roots[-1] = node_hash(self._roots[-1], right)
            full >>= 1
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self._roots:
            return EMPTY_ROOT
        *larger, root = self._roots
        for left in reversed(larger):
            root = node_hash(left, root)
        return root


def inclusion_spans(index: int, size: int) -> list[range]:
    """The leaves below each hash of the inclusion proof of leaf `index` (from 0) in a tree of `size`, leaf to root.

    RFC 9162 section 2.1.3.1. Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    low, high, spans = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            spans.append(range(middle, high))
            high = middle
        else:
            spans.append(range(low, middle))
            low = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[range]:
    """The leaves below each hash of the proof that the tree of size `first` is a prefix of the tree of size `second`.

    RFC 9162 section 2.1.4.1; nothing has to be proven of an empty tree. Raises ValueError unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise ValueError("a larger tree is no prefix of a smaller one")
    if first == 0:
        return []
    low, high, spans = 0, second, []
    while first < high:
        middle = low + _split(high - low)
        if first <= middle:
            spans.append(range(middle, high))
            high = middle
        else:
            spans.append(range(low, middle))
            low = middle
    if low:
        spans.append(range(low, high))
    return spans[::-1]


def roots_of(spans: Sequence[range], leaves: Iterable[bytes]) -> list[bytes]:
    """The root over the leaves of each span. `leaves` are the hashes of all entries; no two spans overlap."""
    trees = {span: Frontier() for span in spans}
    ordered = sorted(spans, key=lambda span: span.start, reverse=True)
    for place, leaf in enumerate(leaves):
        while ordered and place >= ordered[-1].stop:
            ordered.pop()
        if ordered and place in ordered[-1]:
            trees[ordered[-1]].append(leaf)
    return [trees[span].root() for span in spans]


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that `leaf` is entry `index` of the tree with this size and root. Section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    here, last, climbed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            climbed = node_hash(sibling, climbed)
            here, last = _past_missing_siblings(here, last)
        else:
            climbed = node_hash(climbed, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and climbed == root


def consistency_holds(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the first tree is a prefix of the second. Section 2.1.4.2."""
    if not 0 <= first <= second:
        return False
    if first in (0, second):
        return not path and first_root == (EMPTY_ROOT if first == 0 else second_root)
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    if not hashes:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            here, last = _past_missing_siblings(here, last)
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _split(size: int) -> int:
    """The largest power of two below `size`: the leaves of the left subtree."""
    return 1 << (size - 1).bit_length() - 1


def _past_missing_siblings(here: int, last: int) -> tuple[int, int]:
    """Up the right edge of an uneven tree, past the levels at which there is no node beside this one."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last
