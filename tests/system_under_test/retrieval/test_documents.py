"""The strict reader: what it takes, what it refuses, and where it says the fault is."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from system_under_test.errors import DocumentError
from system_under_test.retrieval.document_form import metadata_of
from system_under_test.retrieval.documents import corpus_digests, read_documents

Line = dict[str, object]


def test_a_written_document_is_read_back(fakes: ModuleType, tmp_path: Path) -> None:
    documents = (
        fakes.make_document("acme/leave", supersedes="acme/old", deny_groups=frozenset({"contractors"})),
        fakes.make_document("acme/old", valid_from=""),
    )

    read = read_documents(fakes.write_documents(tmp_path / "documents.jsonl", documents))

    assert read == documents


def test_two_tenants_may_use_one_id_and_each_supersedes_its_own(fakes: ModuleType, tmp_path: Path) -> None:
    documents = (
        fakes.make_document("leave", tenant="acme"),
        fakes.make_document("leave", tenant="other"),
        fakes.make_document("newer", tenant="other", supersedes="leave"),
    )

    assert read_documents(fakes.write_documents(tmp_path / "documents.jsonl", documents)) == documents


def test_a_last_day_is_read_and_only_then_part_of_the_digest(fakes: ModuleType, tmp_path: Path) -> None:
    plain, ending = fakes.make_document(), fakes.make_document(valid_until="2026-12-31")

    read = read_documents(fakes.write_documents(tmp_path / "documents.jsonl", [ending]))

    assert read == (ending,)
    assert corpus_digests([plain])["corpus_metadata"] != corpus_digests([ending])["corpus_metadata"]
    assert "valid_until" not in metadata_of(plain)


def test_the_digest_may_be_left_out(fakes: ModuleType, tmp_path: Path) -> None:
    line = fakes.as_line(fakes.make_document())
    digest = line.pop("sha256")
    path = tmp_path / "documents.jsonl"
    path.write_text(json.dumps(line))

    assert [document.sha256 for document in read_documents(path)] == [digest]


REFUSED: list[tuple[str, Callable[[Line], object], str]] = [
    ("unknown-key", lambda line: line | {"acl": []}, "unknown key 'acl'"),
    ("missing-key", lambda line: {key: line[key] for key in line if key != "owner"}, "'owner' is missing"),
    ("not-an-object", lambda line: [line], "not a JSON object"),
    ("tenant-a-list", lambda line: line | {"tenant": ["acme"]}, "tenant must be a string, not list"),
    ("tenant-null", lambda line: line | {"tenant": None}, "tenant must be a string"),
    ("tenant-upper-case", lambda line: line | {"tenant": "Acme"}, "does not match"),
    ("tenant-with-line-end", lambda line: line | {"tenant": "acme\n"}, "does not match"),
    ("tenant-homoglyph", lambda line: line | {"tenant": "\u0430cme"}, "does not match"),
    ("empty-id", lambda line: line | {"id": " "}, "id is empty"),
    ("empty-text", lambda line: line | {"text": ""}, "text is empty"),
    ("lone-surrogate", lambda line: line | {"text": "\ud800", "sha256": "0"}, "lone surrogate"),
    ("allow-a-string", lambda line: line | {"allow_groups": "everyone"}, "allow_groups must be a list"),
    ("allow-null", lambda line: line | {"allow_groups": None}, "allow_groups must be a list"),
    ("deny-of-numbers", lambda line: line | {"deny_groups": [1]}, "an entry of deny_groups"),
    ("version-a-number", lambda line: line | {"version": 4}, "version must be a string"),
    ("not-a-date", lambda line: line | {"valid_from": "2026-02-30"}, "valid_from"),
    ("not-a-last-day", lambda line: line | {"valid_until": "2026-13-01"}, "valid_until"),
    ("a-number-as-last-day", lambda line: line | {"valid_until": 20260101}, "valid_until"),
    ("id-with-line-end", lambda line: line | {"id": "acme/a\n"}, "id must be a printable"),
    ("title-too-long", lambda line: line | {"title": "a" * 1_025}, "title is longer than 1024"),
    ("version-too-long", lambda line: line | {"version": "1" * 1_025}, "version is longer than 1024"),
    ("group-too-long", lambda line: line | {"allow_groups": ["a" * 1_025]}, "an entry of allow_groups is longer"),
    ("id-too-long", lambda line: line | {"id": "a" * 513}, "id must be a printable"),
    ("another-form-of-date", lambda line: line | {"valid_from": "20260101"}, "valid_from"),
    ("foreign-digest", lambda line: line | {"sha256": "0" * 64}, "not the digest"),
    ("supersedes-a-list", lambda line: line | {"supersedes": []}, "supersedes must be a string"),
    ("supersedes-itself", lambda line: line | {"supersedes": "acme/second"}, "leads back"),
    ("supersedes-a-circle", lambda line: line | {"supersedes": "acme/first"}, "leads back"),
    ("supersedes-another-tenants", lambda line: line | {"supersedes": "other/leave"}, "another tenant"),
    ("duplicate-id", lambda line: line | {"id": "acme/first"}, "already on line 1"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_line_of_another_shape_is_refused_with_file_and_line(
    fakes: ModuleType, tmp_path: Path, change: Callable[[Line], object], reason: str
) -> None:
    others = [fakes.make_document("acme/first", supersedes="acme/second"), fakes.make_document("other/leave")]
    path = fakes.write_documents(tmp_path / "documents.jsonl", others)
    broken = change(fakes.as_line(fakes.make_document("acme/second")))
    path.write_text(path.read_text() + json.dumps(broken) + "\n")

    with pytest.raises(DocumentError, match=reason) as caught:
        read_documents(path)

    assert (caught.value.path, caught.value.line) in {(path, 3), (path, 1)}
    assert str(caught.value).startswith(f"{path}:")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b'{"id": "a", "id": "b"}', "duplicate key 'id'", id="duplicate-key"),
        pytest.param(b'{"id": NaN}', "NaN", id="nan"),
        pytest.param(b'{"id": -Infinity}', "Infinity", id="infinity"),
        pytest.param(b"", "strict JSON", id="blank-line"),
        pytest.param(b"{", "strict JSON", id="cut-off"),
        pytest.param(b'"\xff"', "not UTF-8 at byte 1", id="not-utf-8"),
        pytest.param(b"\xef\xbb\xbf{}", "strict JSON", id="byte-order-mark"),
        pytest.param(b"[" * 100_000, "strict JSON", id="deep-nesting"),
        pytest.param(b"1" * 5_000, "strict JSON", id="huge-number"),
    ],
)
def test_a_line_that_is_not_strict_json_is_refused_with_its_line(
    fakes: ModuleType, tmp_path: Path, raw: bytes, reason: str
) -> None:
    path = fakes.write_documents(tmp_path / "documents.jsonl", [fakes.make_document()])
    path.write_bytes(path.read_bytes() + raw + b"\n")

    with pytest.raises(DocumentError, match=reason) as caught:
        read_documents(path)

    assert caught.value.line == 2


def test_an_empty_file_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()

    for path in (empty, tmp_path / "absent.jsonl"):
        with pytest.raises(DocumentError):
            read_documents(path)


def test_corpus_digests_do_not_depend_on_order_but_on_text_and_on_access(fakes: ModuleType) -> None:
    first, second = fakes.make_document("acme/a"), fakes.make_document("acme/b", text="Other words.")
    opened = fakes.make_document("acme/b", text="Other words.", allow_groups=frozenset({"everyone", "guests"}))
    reworded = fakes.make_document("acme/b", text="Other words!")

    digests = corpus_digests([first, second])

    assert corpus_digests([second, first]) == digests
    assert corpus_digests([first, opened])["corpus"] == digests["corpus"]
    assert corpus_digests([first, opened])["corpus_metadata"] != digests["corpus_metadata"]
    assert corpus_digests([first, reworded])["corpus"] != digests["corpus"]
