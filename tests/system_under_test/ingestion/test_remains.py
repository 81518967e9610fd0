"""What becomes of a document whose file the next run does not use: gone, forbidden, left out, or not looked at."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PosixPath
from types import ModuleType
from typing import Any

import pytest

from system_under_test.errors import DocumentError
from system_under_test.ingestion.corpus import Options, Summary, ingest
from system_under_test.ingestion.drafts import Defaults
from system_under_test.ingestion.faults import IngestionError
from system_under_test.ingestion.state import state_path
from system_under_test.retrieval.documents import read_documents

OPTIONS = Options("acme", Defaults("it", "internal", frozenset({"staff"})))
Change = Callable[[Path], object]

either = pytest.mark.parametrize("keep_missing", [False, True], ids=["default", "keep-missing"])


class ShutPath(PosixPath):
    """A folder in which no folder can be listed, whoever asks: even the superuser."""

    def joinpath(self, *parts: Any) -> "ShutPath":
        """A path that is not there for anything but the folder itself."""
        return super().joinpath("nobody", "can", "look") if parts else self


class Corpus:
    """A folder with `a.md` and `sub/b.md`, and its output, which was written once."""

    def __init__(self, root: Path, converter: Any) -> None:
        self.folder, self.output, self.converter = root / "folder", root / "documents.jsonl", converter
        self.put("a.md", "A.")
        self.put("sub/b.md", "B.")
        self.run()

    def put(self, path: str, content: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(content, encoding="utf-8")

    def run(self, *, keep_missing: bool = False, ignore: tuple[str, ...] = (), **callbacks: Any) -> Summary:
        options = replace(OPTIONS, keep_missing=keep_missing, ignore=ignore)
        return ingest(self.folder, self.output, options, self.converter, **callbacks)

    def held(self) -> list[str]:
        """The names of the files whose documents are in the output."""
        return [document.id.removeprefix("acme/") for document in read_documents(self.output)]


@pytest.fixture
def corpus(tmp_path: Path, made: ModuleType) -> Corpus:
    return Corpus(tmp_path, made.Plain())


def no_groups(folder: Path) -> None:
    (folder / "sub" / "b.md").write_text("---\nallow_groups: []\n---\nB.", encoding="utf-8")


def moved_without_groups(folder: Path) -> None:
    (folder / "sub" / "b.md").unlink()
    (folder / "c.md").write_text("---\nid: acme/sub/b.md\nallow_groups: []\n---\nB.", encoding="utf-8")


def linked_file(folder: Path) -> None:
    (folder / "sub" / "b.md").rename(folder.parent / "b.md")
    (folder / "sub" / "b.md").symlink_to(folder.parent / "b.md")


def linked_sidecar(folder: Path) -> None:
    (folder / "sub" / "b.md.meta.yaml").symlink_to(folder / "a.md")


def almost_a_sidecar(folder: Path) -> None:
    (folder / "sub" / "b.md.meta.yml").write_text("allow_groups: [hr]", encoding="utf-8")


@either
@pytest.mark.parametrize("change", [no_groups, moved_without_groups, linked_file, linked_sidecar, almost_a_sidecar])
def test_a_file_that_was_looked_at_and_refused_loses_its_document(
    corpus: Corpus, change: Change, keep_missing: bool
) -> None:
    change(corpus.folder)

    summary = corpus.run(keep_missing=keep_missing)

    assert corpus.held() == ["a.md"]
    assert (summary.kept, summary.unseen, summary.documents) == ((), (), 1)
    assert summary.problems
    assert summary.withdrawn + summary.removed == ("sub/b.md",)


def test_a_refused_file_whose_document_went_is_named_as_withdrawn(corpus: Corpus) -> None:
    no_groups(corpus.folder)

    first, second = corpus.run(), corpus.run()

    assert (first.withdrawn, first.removed) == (("sub/b.md",), ())
    assert (second.withdrawn, second.removed) == ((), ())


def pipe_in_place_of_the_folder(folder: Path) -> None:
    (folder / "sub" / "b.md").unlink()
    (folder / "sub").rmdir()
    os.mkfifo(folder / "sub")


@pytest.mark.parametrize(
    "change",
    [lambda folder: (folder / "sub" / "b.md").unlink(), pipe_in_place_of_the_folder],
    ids=["the file alone", "its folder"],
)
def test_a_file_that_is_gone_loses_its_document_unless_it_is_to_stay(corpus: Corpus, change: Change) -> None:
    change(corpus.folder)

    kept = corpus.run(keep_missing=True)
    held = corpus.held()
    removed = corpus.run()

    assert (kept.kept, held) == (("sub/b.md",), ["a.md", "sub/b.md"])
    assert (removed.removed, corpus.held()) == (("sub/b.md",), ["a.md"])


@either
@pytest.mark.parametrize("pattern", ["sub/*", "b.md", "sub"], ids=["files of a folder", "a name", "a folder"])
def test_a_file_that_is_left_out_on_purpose_is_not_missing(corpus: Corpus, pattern: str, keep_missing: bool) -> None:
    summary = corpus.run(keep_missing=keep_missing, ignore=(pattern,))

    assert corpus.held() == ["a.md"]
    assert (summary.removed, summary.ignored, summary.problems) == (("sub/b.md",), 1, ())


@either
def test_what_is_left_out_goes_even_if_nobody_can_look_at_it(corpus: Corpus, keep_missing: bool) -> None:
    corpus.folder = ShutPath(corpus.folder)

    summary = corpus.run(keep_missing=keep_missing, ignore=("sub/*",))

    assert corpus.held() == ["a.md"]
    assert summary.unseen == ()


@either
def test_the_files_of_a_folder_that_cannot_be_listed_stay_and_are_told(corpus: Corpus, keep_missing: bool) -> None:
    corpus.folder = ShutPath(corpus.folder)

    summary = corpus.run(keep_missing=keep_missing)

    assert corpus.held() == ["a.md", "sub/b.md"]
    assert (summary.unseen, summary.kept, summary.removed) == (("sub/b.md",), (), ())
    assert [problem.path for problem in summary.problems] == ["sub"]
    assert summary.documents == 2


@either
def test_the_files_behind_a_link_stay_as_they_were_and_are_told(corpus: Corpus, keep_missing: bool) -> None:
    (corpus.folder / "sub").rename(corpus.folder.parent / "elsewhere")
    (corpus.folder.parent / "elsewhere" / "b.md").write_text("Another text.", encoding="utf-8")
    (corpus.folder / "sub").symlink_to(corpus.folder.parent / "elsewhere")

    summary = corpus.run(keep_missing=keep_missing)

    assert {document.id: document.text for document in read_documents(corpus.output)}["acme/sub/b.md"] == "B."
    assert (summary.unseen, [problem.path for problem in summary.problems]) == (("sub/b.md",), ["sub"])


@either
@pytest.mark.parametrize("name", ["b.md", "b.md.meta.yaml"], ids=["the file", "its sidecar"])
def test_a_file_that_cannot_be_opened_keeps_its_document_and_is_told(
    corpus: Corpus, name: str, keep_missing: bool
) -> None:
    corpus.put("sub/b.md.meta.yaml", "owner: hr")
    corpus.run()

    def taken_away(_files: int) -> None:
        # After the listing: for the superuser, no file is unreadable that is there.
        (corpus.folder / "sub" / name).unlink()

    summary = corpus.run(keep_missing=keep_missing, started=taken_away)

    assert {document.id: document.owner for document in read_documents(corpus.output)}["acme/sub/b.md"] == "hr"
    assert (summary.unseen, summary.withdrawn) == (("sub/b.md",), ())
    assert "cannot be opened" in summary.problems[0].what


def test_a_document_that_another_file_brings_is_not_kept_for_one_that_nobody_saw(corpus: Corpus) -> None:
    corpus.put("c.md", "---\nid: acme/sub/b.md\n---\nMoved.")
    corpus.folder = ShutPath(corpus.folder)

    summary = corpus.run(keep_missing=True)

    assert {document.id: document.text for document in read_documents(corpus.output)}["acme/sub/b.md"] == "Moved."
    assert (summary.unseen, summary.kept) == ((), ())


def emptied(folder: Path) -> None:
    (folder / "a.md").unlink()
    (folder / "sub" / "b.md").unlink()


def all_forbidden(folder: Path) -> None:
    no_groups(folder)
    (folder / "a.md").write_text("---\nallow_groups: []\n---\nA.", encoding="utf-8")


@pytest.mark.parametrize(("change", "withdrawn"), [(emptied, 0), (all_forbidden, 2)])
def test_when_no_document_is_left_nothing_goes_on_being_served(corpus: Corpus, change: Change, withdrawn: int) -> None:
    change(corpus.folder)

    summary = corpus.run()

    assert corpus.output.read_bytes() == b""
    with pytest.raises(DocumentError, match="holds no document"):
        read_documents(corpus.output)
    assert summary.documents == 0
    assert (len(summary.withdrawn), len(summary.removed)) == (withdrawn, 2 - withdrawn)


def test_documents_come_back_with_their_files_and_go_on_counting(corpus: Corpus) -> None:
    emptied(corpus.folder)
    corpus.run()
    corpus.put("a.md", "A, again.")

    summary = corpus.run()

    assert (summary.new, corpus.held()) == (1, ["a.md"])
    assert read_documents(corpus.output)[0].version == "2"


def test_an_emptied_folder_keeps_everything_where_that_is_asked_for(corpus: Corpus) -> None:
    emptied(corpus.folder)

    assert corpus.run(keep_missing=True).kept == ("a.md", "sub/b.md")
    assert corpus.held() == ["a.md", "sub/b.md"]


@either
def test_a_folder_that_is_not_there_leaves_everything_as_it_was(corpus: Corpus, keep_missing: bool) -> None:
    before = corpus.output.read_bytes(), state_path(corpus.output).read_bytes()
    corpus.folder.rename(corpus.folder.with_name("moved"))

    with pytest.raises(IngestionError, match="cannot be listed"):
        corpus.run(keep_missing=keep_missing)

    assert (corpus.output.read_bytes(), state_path(corpus.output).read_bytes()) == before


def test_an_output_that_cannot_be_read_is_no_empty_one(corpus: Corpus) -> None:
    corpus.output.unlink()
    corpus.output.mkdir()

    with pytest.raises(IngestionError, match="cannot be read"):
        corpus.run()
