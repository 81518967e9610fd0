"""What lies in a folder, and nothing outside it."""

import os
from pathlib import Path

import pytest

from system_under_test.ingestion.faults import FileFault, IngestionError
from system_under_test.ingestion.folder import Listing, content_of, listing
from system_under_test.ingestion.limits import Limits


def folder_with(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "folder"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    return folder


def listed(folder: Path, *ignore: str) -> Listing:
    return listing(folder, ignore, Limits())


def complaints(found: Listing) -> dict[str, str]:
    return {problem.path: problem.what for problem in found.problems}


def test_files_are_listed_in_the_order_of_their_paths(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "b.md", "a/z.pdf", "a.md")

    assert listed(folder).files == ("a.md", "a/z.pdf", "b.md")


def test_hidden_entries_and_patterns_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.md", ".git/config", ".hidden.md", "~$a.docx", "x.png", "old/b.md")

    found = listed(folder, "*.png", "old/*")

    assert found.files == ("a.md",)
    assert found.ignored == 5
    assert not found.problems


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_a_symbolic_link_is_refused_wherever_it_leads(tmp_path: Path, inside: bool) -> None:
    folder = folder_with(tmp_path, "a.md")
    outside = tmp_path / "secret.md"
    outside.write_text("secret", encoding="utf-8")
    (folder / "link.md").symlink_to(folder / "a.md" if inside else outside)

    found = listed(folder)

    assert found.files == ("a.md",)
    assert complaints(found) == {"link.md": "is a symbolic link"}


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.md")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.md").write_text("x", encoding="utf-8")
    (folder / "sub").symlink_to(tmp_path / "other")

    found = listed(folder)

    assert found.files == ("a.md",)
    assert "sub" in complaints(found)


@pytest.mark.parametrize(
    "name",
    ["a\nb.md", "a\x1b[31m.md", "a\u202egpj.md", "a\u2028b.md"],
    ids=["line-feed", "escape", "right-to-left", "line-separator"],
)
def test_a_name_with_control_or_direction_characters_is_refused(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path, name, "Grüße \u05e9\u05dc\u05d5\u05dd.md")

    found = listed(folder)

    assert found.files == ("Grüße \u05e9\u05dc\u05d5\u05dd.md",)
    assert "control or direction" in complaints(found)[name]


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.md")
    with (folder / os.fsdecode(b"caf\xe9.md")).open("w", encoding="utf-8") as stream:
        stream.write("x")

    found = listed(folder)

    assert found.files == ("a.md",)
    assert len(found.problems) == 1


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.md")
    os.mkfifo(folder / "pipe.md")

    found = listed(folder)

    assert "neither a regular file" in complaints(found)["pipe.md"]
    with pytest.raises(FileFault, match="neither a regular file"):
        content_of(folder, "pipe.md", 10)


def test_a_sidecar_belongs_to_its_file_and_is_no_file_itself(tmp_path: Path) -> None:
    found = listed(folder_with(tmp_path, "a.pdf", "a.pdf.meta.yaml"), "*.yaml")

    assert found.files == ("a.pdf",)
    assert found.sidecars == {"a.pdf"}


@pytest.mark.parametrize("name", ["a.pdf.meta.yml", "A.pdf.meta.yaml", "a.pdf.META.yaml"])
def test_a_sidecar_that_is_almost_named_right_takes_its_file_out(tmp_path: Path, name: str) -> None:
    # Otherwise the file would get the access rules of the whole folder, which the sidecar was to narrow.
    found = listed(folder_with(tmp_path, "a.pdf", name))

    assert found.files == ()
    assert complaints(found).keys() == {"a.pdf", name}


@pytest.mark.parametrize(
    ("file", "sidecar"),
    [
        pytest.param("pay.pdf", "pay.meta.yaml", id="without the extension"),
        pytest.param("pay.pdf", "Pay.meta.yaml", id="in other letters"),
        pytest.param("caf\u00e9.pdf", "cafe\u0301.pdf.meta.yaml", id="composed otherwise"),
    ],
)
def test_a_stray_sidecar_takes_out_the_file_that_it_may_be_meant_for(tmp_path: Path, file: str, sidecar: str) -> None:
    found = listed(folder_with(tmp_path, file, sidecar, "pay/other.md"))

    assert found.files == ("pay/other.md",)
    assert complaints(found).keys() == {file, sidecar}


def test_a_linked_sidecar_takes_its_file_out(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.pdf", "real.md")
    (folder / "a.pdf.meta.yaml").symlink_to(folder / "real.md")

    found = listed(folder)

    assert found.files == ("real.md",)
    assert complaints(found).keys() == {"a.pdf", "a.pdf.meta.yaml"}


def test_the_sidecar_of_a_file_that_is_left_out_is_left_out_with_it(tmp_path: Path) -> None:
    found = listed(folder_with(tmp_path, "a.md", "x.png", "x.png.meta.yaml"), "*.png")

    assert found.files == ("a.md",)
    assert not found.problems


def test_a_sidecar_without_a_file_is_told(tmp_path: Path) -> None:
    found = listed(folder_with(tmp_path, "a.md", "gone.pdf.meta.yaml"))

    assert found.files == ("a.md",)
    assert "without its file" in complaints(found)["gone.pdf.meta.yaml"]


def test_a_folder_with_too_many_files_is_refused_whole(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.md", "b.md", "c.md")

    with pytest.raises(IngestionError, match="more than 2 files"):
        listing(folder, (), Limits(files=2))


def test_folders_inside_folders_end_somewhere(tmp_path: Path) -> None:
    found = listing(folder_with(tmp_path, "a/b/c/d.md", "a/e.md"), (), Limits(depth=2))

    assert found.files == ("a/e.md",)
    assert "nested" in complaints(found)["a/b/c"]


def test_content_is_read_up_to_the_limit_and_refused_beyond_it(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a/b.md")
    (folder / "a" / "b.md").write_bytes(b"12345")

    assert content_of(folder, "a/b.md", 5) == b"12345"
    with pytest.raises(FileFault, match="larger"):
        content_of(folder, "a/b.md", 4)


@pytest.mark.parametrize("swapped", ["a/b.md", "a"], ids=["file", "folder"])
def test_a_link_put_in_place_after_the_listing_is_not_followed(tmp_path: Path, swapped: str) -> None:
    folder = folder_with(tmp_path, "a/b.md")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.md").write_text("secret", encoding="utf-8")
    (folder / "a").rename(tmp_path / "moved")
    if swapped == "a":
        (folder / "a").symlink_to(tmp_path / "elsewhere")
    else:
        (folder / "a").mkdir()
        (folder / "a" / "b.md").symlink_to(tmp_path / "elsewhere" / "b.md")

    with pytest.raises(FileFault) as caught:
        content_of(folder, "a/b.md", 100)

    assert caught.value.code == "unreadable"


def test_a_file_that_went_away_after_the_listing_cannot_be_opened(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a.md")
    (folder / "a.md").unlink()

    with pytest.raises(FileFault, match="cannot be opened") as caught:
        content_of(folder, "a.md", 100)

    assert caught.value.code == "unreadable"
