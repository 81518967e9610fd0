"""The straight line, with a converter that needs no process; the last tests use the real child."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.corpus import Options, Summary, ingest
from system_under_test.ingestion.drafts import Defaults
from system_under_test.ingestion.faults import IngestionError
from system_under_test.ingestion.limits import Limits
from system_under_test.nouns import Document
from system_under_test.retrieval.documents import read_documents

OPTIONS = Options("acme", Defaults("it", "internal", frozenset({"staff"})))
STRICT = Options("acme", Defaults("it", "internal"))


class Place:
    """A folder and its output."""

    def __init__(self, root: Path, converter: Any) -> None:
        self.folder = root / "folder"
        self.output = root / "out" / "documents.jsonl"
        self.converter = converter
        self.folder.mkdir()
        self.output.parent.mkdir()

    def put(self, path: str, content: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, options: Options = OPTIONS, **callbacks: Callable[..., None]) -> Summary:
        return ingest(self.folder, self.output, options, self.converter, **callbacks)

    def documents(self) -> dict[str, Document]:
        return {document.id: document for document in read_documents(self.output)}


@pytest.fixture
def place(tmp_path: Path, made: ModuleType) -> Place:
    return Place(tmp_path, made.Plain())


def reasons(summary: Summary) -> dict[str, str]:
    return {problem.path: problem.what for problem in summary.problems}


def test_files_become_documents_that_the_reader_takes(place: Place) -> None:
    place.put("hr/leave.md", "---\nowner: hr\nallow_groups: [hr]\n---\n# Leave\n\nThirty days.\n")
    place.put("notes.txt", "Notes.\n")
    steps: list[int] = []

    summary = place.run(started=steps.append, done=lambda: steps.append(-1))

    documents = place.documents()
    assert documents["acme/hr/leave.md"].text == "# Leave\n\nThirty days."
    assert documents["acme/hr/leave.md"].title == "Leave"
    assert documents["acme/hr/leave.md"].allow_groups == {"hr"}
    assert documents["acme/notes.txt"].title == "notes"
    assert (summary.new, summary.documents, summary.problems) == (2, 2, ())
    assert steps == [2, -1, -1]


def test_a_sidecar_gives_the_metadata_of_any_kind_of_file(place: Place) -> None:
    place.put("a.txt", "Text.")
    place.put("a.txt.meta.yaml", "title: Told\nallow_groups: [hr]\n")

    place.run(STRICT)

    assert place.documents()["acme/a.txt"].title == "Told"


def test_an_unchanged_file_is_not_converted_again(place: Place) -> None:
    place.put("a.md", "# A")
    place.put("b.md", "# B")
    place.run()
    before = place.output.read_bytes()

    summary = place.run()

    assert (summary.unchanged, summary.converted) == (2, 0)
    assert len(place.converter.given) == 2
    assert place.output.read_bytes() == before


def test_a_changed_file_gets_a_new_version_and_no_other_does(place: Place) -> None:
    place.put("a.md", "# A")
    place.put("b.md", "# B")
    place.run()
    place.put("a.md", "# A, again")

    summary = place.run()

    assert (summary.changed, summary.unchanged, summary.converted) == (1, 1, 1)
    assert place.documents()["acme/a.md"].version == "2"
    assert place.documents()["acme/b.md"].version == "1"


def test_changed_access_rules_count_at_once_and_without_a_conversion(place: Place) -> None:
    place.put("a.md", "---\nallow_groups: [staff, hr]\n---\nText.")
    place.run()
    place.put("a.md", "---\nallow_groups: [hr]\n---\nText.")

    summary = place.run()

    assert (summary.changed, summary.converted) == (1, 0)
    assert place.documents()["acme/a.md"].allow_groups == {"hr"}
    assert place.documents()["acme/a.md"].version == "1"


def test_changed_defaults_count_at_once(place: Place) -> None:
    place.put("a.md", "Text.")
    place.run()

    summary = place.run(Options("acme", Defaults("it", "restricted", frozenset({"hr"}))))

    assert (summary.changed, summary.converted) == (1, 0)
    assert place.documents()["acme/a.md"].classification == "restricted"


def test_a_removed_file_is_told_and_dropped(place: Place) -> None:
    place.put("a.md", "A.")
    place.put("b.md", "B.")
    place.run()
    (place.folder / "b.md").unlink()

    summary = place.run()

    assert summary.removed == ("b.md",)
    assert place.documents().keys() == {"acme/a.md"}
    assert place.run().removed == ()


def test_a_removed_file_can_be_kept_as_long_as_it_is_asked_for(place: Place) -> None:
    place.put("a.md", "A.")
    place.put("b.md", "B.")
    place.run()
    (place.folder / "b.md").unlink()
    keeping = Options("acme", OPTIONS.defaults, keep_missing=True)

    kept = [place.run(keeping).kept, place.run(keeping).kept]

    assert kept == [("b.md",), ("b.md",)]
    assert place.documents()["acme/b.md"].text == "B."
    assert place.run().removed == ("b.md",)


def test_a_file_that_returns_goes_on_counting_its_versions(place: Place) -> None:
    place.put("a.md", "A.")
    place.put("b.md", "One.")
    place.run()
    (place.folder / "b.md").unlink()
    place.run()
    place.put("b.md", "Two.")

    place.run()

    assert place.documents()["acme/b.md"].version == "2"


@pytest.mark.parametrize("keep_missing", [False, True])
def test_a_moved_file_with_an_id_of_its_own_stays_the_same_document(place: Place, keep_missing: bool) -> None:
    place.put("a.md", "---\nid: policy\n---\nText.")
    place.run()
    (place.folder / "a.md").rename(place.folder / "b.md")

    summary = place.run(Options("acme", OPTIONS.defaults, keep_missing=keep_missing))

    assert place.documents().keys() == {"policy"}
    assert (summary.converted, summary.removed, summary.kept, summary.problems) == (0, (), (), ())


def test_a_file_that_is_renamed_in_the_case_of_its_letters_is_not_lost(place: Place) -> None:
    place.put("A.md", "Text.")
    place.run()
    (place.folder / "A.md").rename(place.folder / "a.md")

    place.run(Options("acme", OPTIONS.defaults, keep_missing=True))

    assert place.documents().keys() == {"acme/a.md"}


def test_a_document_without_an_allowed_group_is_refused_by_name(place: Place) -> None:
    place.put("open.md", "---\nallow_groups: [staff]\n---\nA.")
    place.put("silent.md", "B.")

    summary = place.run(STRICT)

    assert reasons(summary).keys() == {"silent.md"}
    assert place.documents().keys() == {"acme/open.md"}
    assert len(place.converter.given) == 1
    assert place.run(OPTIONS).documents == 2


def test_a_bad_file_does_not_lose_the_others(place: Place) -> None:
    place.put("good.md", "Good.")
    place.put("binary.md", b"\x00\x01")
    place.put("empty.txt", "\n")
    place.put("latin.txt", b"caf\xe9")
    place.put("picture.png", b"\x89PNG")
    place.put("front.md", "---\nower: hr\n---\nText.")
    place.put("side.txt", "Text.")
    place.put("side.txt.meta.yaml", b"owner: caf\xe9")
    place.put("both.md", "---\nowner: hr\n---\nText.")
    place.put("both.md.meta.yaml", "owner: hr")
    place.put("large.txt", "x" * 101)
    (place.folder / "link.md").symlink_to(place.folder / "good.md")

    summary = place.run(Options("acme", OPTIONS.defaults, limits=Limits(source_bytes=100)))

    told = reasons(summary)
    assert place.documents().keys() == {"acme/good.md"}
    assert sorted(told) == [
        "binary.md", "both.md", "empty.txt", "front.md", "large.txt", "latin.txt", "link.md", "picture.png", "side.txt",
    ]  # fmt: skip
    assert "front matter, line 2: unknown key 'ower'" in told["front.md"]
    assert "side.txt.meta.yaml is not in an encoding" in told["side.txt"]
    assert "front matter and a sidecar" in told["both.md"]
    assert all(problem.remedy for problem in summary.problems)


def test_of_two_files_with_one_id_neither_is_taken(place: Place) -> None:
    place.put("a.md", "---\nid: policy\n---\nA.")
    place.put("b.md", "---\nid: Policy\n---\nB.")
    place.put("c.md", "C.")

    summary = place.run()

    assert reasons(summary).keys() == {"a.md", "b.md"}
    assert place.documents().keys() == {"acme/c.md"}


def test_what_the_reader_refuses_is_left_out_by_name(place: Place) -> None:
    place.put("a.md", "---\nid: a\nsupersedes: b\n---\nA.")
    place.put("b.md", "---\nid: b\nsupersedes: a\n---\nB.")
    place.put("self.md", "---\nid: self\nsupersedes: self\n---\nS.")
    place.put("c.md", "C.")

    summary = place.run()

    assert reasons(summary).keys() == {"a.md", "self.md"}
    assert "leads back" in reasons(summary)["a.md"]
    assert place.documents().keys() == {"b", "acme/c.md"}


def test_an_altered_output_is_not_believed(place: Place) -> None:
    place.put("a.md", "True.")
    place.run()
    altered = place.output.read_text(encoding="utf-8").replace("True.", "False")
    place.output.write_text(altered, encoding="utf-8")

    summary = place.run()

    assert summary.converted == 1
    assert place.documents()["acme/a.md"].text == "True."


def test_a_new_output_is_readable_by_its_owner_alone_and_leaves_nothing_beside_it(place: Place) -> None:
    place.put("a.md", "A.")

    place.run()

    assert place.output.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in place.output.parent.iterdir()) == [
        "documents.jsonl",
        "documents.jsonl.state.json",
    ]
    place.output.chmod(0o640)
    place.put("a.md", "B.")
    place.run()
    assert place.output.stat().st_mode & 0o777 == 0o640


def test_an_output_that_cannot_be_written_is_told(place: Place) -> None:
    place.put("a.md", "A.")
    (place.output.parent).rmdir()

    with pytest.raises(IngestionError, match="cannot be written"):
        place.run()


def test_a_folder_that_is_not_there_is_told(place: Place) -> None:
    place.folder.rmdir()

    with pytest.raises(IngestionError, match="cannot be listed"):
        place.run()


def test_two_tenants_with_the_same_folder_share_no_id(place: Place) -> None:
    place.put("a.md", "A.")
    place.run()
    other = place.output.with_name("globex.jsonl")

    ingest(place.folder, other, Options("globex", OPTIONS.defaults), place.converter)

    assert {document.id for document in read_documents(other)}.isdisjoint(place.documents())


def test_every_kind_goes_through_the_real_child(tmp_path: Path, made: ModuleType, child: Child) -> None:
    place = Place(tmp_path, child)
    place.put("a.md", "# Markdown\n\nText.")
    place.put("b.txt", "Plain text.")
    place.put("c.html", "<html><head><title>Page</title></head><body><p>Text.</p></body></html>")
    place.put("d.pdf", made.pdf([made.page("Paper text.")]))
    place.put("e.docx", made.docx(made.paragraph("Word", "Heading1") + made.paragraph("Text.")))
    place.put("locked.pdf", made.pdf([made.page("x")], encrypted=True))
    place.put("scan.pdf", made.pdf([b""]))
    place.put("broken.docx", b"PK\x03\x04 broken")

    summary = place.run()

    assert {document.title for document in place.documents().values()} == {"Markdown", "b", "Page", "d", "Word"}
    assert reasons(summary).keys() == {"locked.pdf", "scan.pdf", "broken.docx"}
    assert place.run().converted == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_told(place: Place) -> None:
    place.put("a.md", "A.")
    place.put("b.md", "B.")
    (place.folder / "b.md").chmod(0)

    assert "cannot be opened" in reasons(place.run())["b.md"]
