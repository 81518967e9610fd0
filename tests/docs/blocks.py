"""Console blocks of the pages: read, run again in a copy of the checkout, compared, and rewritten by `make docs`.

A block is fenced as `console`: lines `$ command`, each followed by what the command prints. A comment on the line above
says how the block is held true:

    <!-- checked -->                       prints exactly this
    <!-- checked: figures vary -->         prints this but for figures, digests, run ids, times and ids of cases
    <!-- checked: needs public data -->    prints this where the public data is at hand; else it is left out
    <!-- not run: REASON -->               shown only

and `<!-- given: COMMAND -->` stands for a command that a page needs first and does not show. A page is one reader: its
blocks run one after another in one folder. A gate that is run with the same words on the same files is run once for all
pages: for the others its output and the folder of its run are put in place.
"""

import hashlib
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = frozenset({"figures vary", "needs public data"})
COPIED = ("datasets", "docs", "suites")
"""Folders that a command on a page may change; the rest of the checkout is linked."""
LEFT_OUT = frozenset({".git", ".work", "mlartifacts", "mlflow-artifacts", "mlflow.db", "reports"})
"""What a reader's own runs make: each reader begins without."""
SHOWN_PORT = "8081"
"""The port on the pages; a free one is taken in its place."""
LONGEST_S = 900
LONGEST_END_S = 30

_FENCE = "```console"
_COMMENT = re.compile(r"<!-- (checked|not run|given)(?:: (.*\S))? -->")
_GATE = re.compile(r"(?:\w+=\S+ )*(?:harness gate|make gate)\b")
_MARK = "\036"
_PROLOGUE = f'__mark() {{ local code=$?; printf \'{_MARK}%d{_MARK}\' "$code"; return "$code"; }}\n'
_MASKS = (
    (re.compile(r"-\d{8}t\d{6}z-[0-9a-f]{4}\b"), "-RUN"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)"), "TIME"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "DIGEST"),
    (re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:e-?\d+)?"), "#"),
    (re.compile(r"\b[a-z]+-[auf]#"), "CASE"),
    (re.compile(r"[ \t]+|-{3,}"), " "),
)


class PageError(Exception):
    """A page that this file cannot hold true: the place and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Block:
    """One console block, or the hidden command of a `given`, which has neither output nor lines of its own."""

    place: str
    commands: tuple[tuple[str, str], ...]
    """Each command with what the page says that it prints."""
    run: bool
    options: frozenset[str] = frozenset()
    lines: tuple[int, int] | None = None
    """First line and the line after the last one of what stands between the fences, from 0."""

    @property
    def gate(self) -> bool:
        """Whether it runs a gate, which takes a minute."""
        return self.run and any(_GATE.match(command) for command, _ in self.commands)


def pages(repository: Path) -> list[Path]:
    """Every page at the root and under docs/, and the reference system's own."""
    own = repository / "system_under_test" / "README.md"
    return [*sorted(repository.glob("*.md")), *sorted((repository / "docs").rglob("*.md")), own]


def blocks_of(text: str, name: str) -> list[Block]:
    """The blocks of a page in their order. Raises PageError for one that does not say how it is held true."""
    lines, found = text.split("\n"), []
    at = 0
    while at < len(lines):
        comment = _COMMENT.fullmatch(lines[at])
        if comment and comment[1] == "given":
            found.append(Block(f"{name}:{at + 1}", ((comment[2] or "", ""),), run=True))
        elif lines[at].lstrip().startswith(_FENCE):
            end = next((n for n in range(at + 1, len(lines)) if lines[n] == "```"), len(lines))
            found.append(_block(lines, at, end, f"{name}:{at + 1}"))
            at = end
        at += 1
    return found


def _block(lines: Sequence[str], at: int, end: int, place: str) -> Block:
    comment = _COMMENT.fullmatch(lines[at - 1]) if at else None
    if lines[at] != _FENCE or end == len(lines):
        raise PageError(f"{place}: a console block starts at the margin and has an end")
    if comment is None or comment[1] == "given":
        raise PageError(f"{place}: no comment on the line above says how this block is held true")
    if comment[1] == "not run" and not comment[2]:
        raise PageError(f"{place}: a block that is not run needs a reason")
    options = frozenset((comment[2] or "").split(", ")) - {""} if comment[1] == "checked" else frozenset()
    if not options <= OPTIONS:
        raise PageError(f"{place}: {', '.join(sorted(options - OPTIONS))} is none of {', '.join(sorted(OPTIONS))}")
    commands = tuple(_commands(lines[at + 1 : end], place))
    block = Block(place, commands, comment[1] == "checked", options, (at + 1, end))
    if block.gate and sum(1 for command, _ in commands if _GATE.match(command)) > 1:
        raise PageError(f"{place}: two gates in one block")
    return block


def _commands(lines: Sequence[str], place: str) -> Iterator[tuple[str, str]]:
    """Each command, continued where a line ends with a backslash, and the lines up to the next one."""
    if not lines or not lines[0].startswith("$ "):
        raise PageError(f"{place}: a console block begins with `$ ` and a command")
    at = 0
    while at < len(lines):
        command = [lines[at].removeprefix("$ ")]
        while command[-1].endswith("\\") and at + 1 < len(lines):
            at += 1
            command.append(lines[at])
        end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("$ ")), len(lines))
        yield "\n".join(command), "\n".join(lines[at + 1 : end])
        at = end


def masked(text: str) -> str:
    """The text without what differs from run to run or with the wish of a threshold."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def agrees(block: Block, printed: Sequence[str]) -> bool:
    """Whether the page shows what was printed."""
    clean = masked if "figures vary" in block.options else str
    return [clean(shown) for _, shown in block.commands] == [clean(text) for text in printed]


def with_outputs(text: str, printed: Sequence[tuple[Block, Sequence[str]]]) -> str:
    """The page with these outputs in its blocks."""
    lines = text.split("\n")
    for block, outputs in sorted(printed, key=lambda pair: pair[0].lines or (0, 0), reverse=True):
        if block.lines:
            parts = zip(block.commands, outputs, strict=True)
            new = [line for (command, _), out in parts for line in (f"$ {command}\n{out}".rstrip("\n").split("\n"))]
            lines[slice(*block.lines)] = new
    return "\n".join(lines)


@dataclass(slots=True)
class Gates:
    """Gates that were run already: what they printed, how they ended, and what they left in the checkout."""

    folder: Path
    known: dict[str, tuple[str, int, Path]] = field(default_factory=dict)

    def replay(self, key: str) -> str:
        """Shell text that leaves behind what the gate of that key did."""
        output, code, kept = self.known[key]
        (kept / "output.txt").write_text(output, encoding="utf-8")
        return f"cp -R '{kept}/made/.' .; cat '{kept}/output.txt'; (exit {code})"

    def keep(self, key: str, output: str, code: int, made: Mapping[str, Path]) -> None:
        """Remember a gate that was just run, with what it made: files and folders by their path in the checkout."""
        kept = self.folder / str(len(self.known))
        (kept / "made").mkdir(parents=True)
        for name, path in made.items():
            (kept / "made" / name).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copy)(path, kept / "made" / name)
        self.known[key] = (output, code, kept)


class Reader:
    """One who follows a page from its beginning, in a checkout of their own."""

    def __init__(self, checkout: Path, gates: Gates) -> None:
        self._checkout = checkout
        self._gates = gates
        self._groups: list[int] = []
        self._alive, self._held = os.pipe()  # every process that is started holds one end until it is gone
        self._port = _free_port()
        known = {name: value for name, value in os.environ.items() if name != "HARNESS_DATA"}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self._environment = {**known, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}

    def prints(self, block: Block) -> list[str]:
        """What each command of the block prints, both streams together."""
        before, commands = self._made(), [command for command, _ in block.commands]
        at = next((number for number, command in enumerate(commands) if _GATE.match(command)), None)
        key = "" if at is None else "\n".join([self._state(), *commands[: at + 1]])
        steps = [self._gates.replay(key) if number == at and key in self._gates.known else command
                 for number, command in enumerate(commands)]  # fmt: skip
        script = _PROLOGUE + "".join(f"{step}\n__mark\n" for step in steps)
        parts = self._shell(script.replace(SHOWN_PORT, self._port)).split(_MARK)
        texts = [self._shown(part) for part in parts[0::2]]
        if len(texts) != len(steps) + 1:
            raise PageError(f"{block.place}: the shell ended early: {''.join(texts)[-2000:]}")
        if at is not None and key not in self._gates.known:
            made = {name: path for name, path in self._made().items() if name not in before}
            self._gates.keep(key, texts[at], int(parts[2 * at + 1]), made)
        return texts[: len(steps)]

    def close(self) -> None:
        """End what was left running, each by the group that was started here, and wait until it is gone."""
        os.close(self._held)
        for sent in (signal.SIGTERM, signal.SIGKILL):
            for group in self._groups:
                with suppress(ProcessLookupError):
                    os.killpg(group, sent)
            if select.select([self._alive], [], [], LONGEST_END_S)[0]:
                break
        os.close(self._alive)

    def _state(self) -> str:
        """sha256 of every file that this reader has and the repository does not share, but for what runs leave."""
        found = hashlib.sha256()
        for path in sorted(self._checkout.rglob("*")):
            inside = path.relative_to(self._checkout)
            if path.is_file() and not path.is_symlink() and inside.parts[0] not in LEFT_OUT:
                found.update(f"{inside}\0".encode() + path.read_bytes() + b"\0")
        return found.hexdigest()

    def _made(self) -> dict[str, Path]:
        """Folders of runs, and files beside them such as a kept output."""
        runs = (self._checkout / "reports").glob("*/")
        files = (path for path in self._checkout.iterdir() if path.is_file() and not path.is_symlink())
        return {path.relative_to(self._checkout).as_posix(): path for path in (*runs, *files)}

    def _shell(self, script: str) -> str:
        with subprocess.Popen(
            ["bash", "-c", script], cwd=self._checkout, env=self._environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            pass_fds=(self._held,),
        ) as process:  # fmt: skip
            self._groups.append(process.pid)
            return process.communicate(timeout=LONGEST_S)[0]

    def _shown(self, text: str) -> str:
        """As a page shows it: the port and the folder of the page, no space at the ends of lines."""
        told = text.replace(self._port, SHOWN_PORT).replace(str(self._checkout), "/path/to/checkout")
        return "\n".join(line.rstrip() for line in told.split("\n")).strip("\n")


@contextmanager
def reader(repository: Path, gates: Gates) -> Iterator[Reader]:
    """A reader with a fresh checkout, its data folders copied and the rest linked; removed at the end."""
    with TemporaryDirectory(prefix="docs-") as above:
        checkout = Path(above).resolve() / "checkout"
        checkout.mkdir()
        (repository / ".cache").mkdir(exist_ok=True)
        for entry in repository.iterdir():
            if entry.name in COPIED:
                shutil.copytree(entry, checkout / entry.name)
            elif entry.name not in LEFT_OUT:
                (checkout / entry.name).symlink_to(entry)
        data = public_data(repository)
        if data.is_dir():
            (checkout.parent / "shared").mkdir()
            (checkout.parent / "shared" / "data").symlink_to(data.resolve())
        someone = Reader(checkout, gates)
        try:
            yield someone
        finally:
            someone.close()


def public_data(repository: Path) -> Path:
    """The folder of public data, which not every machine has."""
    return Path(os.environ.get("HARNESS_DATA", repository.parent / "shared" / "data"))


def run_page(page: Path, repository: Path, gates: Gates) -> list[tuple[Block, list[str]]]:
    """Every block of the page that is run here, with what it printed."""
    found = [block for block in blocks_of(page.read_text(encoding="utf-8"), page.name) if block.run]
    here = public_data(repository).is_dir()
    with reader(repository, gates) as someone:
        return [(block, someone.prints(block)) for block in found if here or "needs public data" not in block.options]


def _free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def main(names: Sequence[str]) -> int:
    """Rewrite the outputs of the named pages, or of all, from real runs."""
    chosen = [Path(name).resolve() for name in names] or pages(REPOSITORY)
    with TemporaryDirectory(prefix="docs-gates-") as folder:
        gates = Gates(Path(folder))
        for page in chosen:
            text = page.read_text(encoding="utf-8")
            new = with_outputs(text, run_page(page, REPOSITORY, gates))
            if page.read_text(encoding="utf-8") != text:
                raise PageError(f"{page}: was changed while it was run; run it again")
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(REPOSITORY)}: {'rewritten' if new != text else 'unchanged'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
