"""`python -m system_under_test audit`: what an auditor does with a log. Needs neither the service nor a network."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from system_under_test.audit import proofs
from system_under_test.audit.audit_key import AuditKeyError, public_key, public_pem, signing_key
from system_under_test.audit.chain import lines_of
from system_under_test.audit.checkpoints import Checkpoint, read_line
from system_under_test.audit.intents import Intents
from system_under_test.audit.notes import NoteError
from system_under_test.audit.verification import Expected, NoLogError, TamperedError, Verified, verify
from system_under_test.errors import ReferenceSystemError
from system_under_test.strict_json import canonical

Result = TypeVar("Result")

LOG_NAME: Final = "audit.jsonl"
_NOT_SHOWN: Final = (
    "note:  records that were cut off together with every checkpoint over them leave no trace in these files;\n"
    "       a line of checkpoints.jsonl kept elsewhere (--checkpoint) or a number of records (--expect-size) shows it"
)


_MOST_NOTICES: Final = 20


class _TamperedWith(click.ClickException):
    """The log or the proof is not what was signed."""

    exit_code = 1


class _Unusable(click.ClickException):
    """An input that nothing can be said about."""

    exit_code = 4


def _tampered(fault: ReferenceSystemError) -> _TamperedWith:
    return _TamperedWith(f"{fault}\nnext:  keep all files as evidence, start no service on them, find a good copy")


def _unusable(fault: ReferenceSystemError | str, next_step: str) -> _Unusable:
    return _Unusable(f"{fault}\nnext:  {next_step}")


def _key(_: click.Context, __: click.Parameter, path: Path) -> Ed25519PublicKey:
    try:
        return public_key(path)
    except AuditKeyError as fault:
        raise _unusable(fault, "print it with `audit key`, on the machine that holds the log's key") from None


_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
_folder = click.argument("folder", type=_FOLDER)
_with_key = click.option(
    "--key", type=_FILE, required=True, callback=_key, help="The log's public key, kept away from the log."
)


@click.group()
def audit() -> None:
    """Verify an audit log offline, and prove single records of it.

    Exit code 0 where all holds, 1 where something was tampered with, 4 where an input cannot be used.
    """


@audit.command("verify")
@_folder
@_with_key
@click.option("--checkpoint", type=_FILE, help="A copy of checkpoints.jsonl, or of lines of it, kept elsewhere.")
@click.option("--expect-size", type=click.IntRange(0), default=0, help="The log must hold at least so many records.")
def verify_command(*, folder: Path, key: Ed25519PublicKey, checkpoint: Path | None, expect_size: int) -> None:
    """Hold every record in FOLDER against the chain and the signed checkpoints; name the first bad one."""
    outside = _outside(checkpoint, key) if checkpoint else ()
    expected = Expected(outside, expect_size)
    intents = Intents()
    held = _told(lambda: verify(folder / LOG_NAME, key, expected=expected, found=intents.see))
    for line in (*_summary(held), *_notices(intents.without_outcome())):
        click.echo(line)
    if not outside and not expect_size:
        click.echo(_NOT_SHOWN)


@audit.command("prove")
@_folder
@click.argument("record_id")
@_with_key
def prove_command(*, folder: Path, record_id: str, key: Ed25519PublicKey) -> None:
    """Print a proof that FOLDER's log holds the record RECORD_ID. It shows no other record."""
    click.echo(canonical(_told(lambda: proofs.prove_record(folder / LOG_NAME, key, record_id))))


@audit.command("prove-growth")
@_folder
@click.argument("since", type=_FILE)
@_with_key
def prove_growth_command(*, folder: Path, since: Path, key: Ed25519PublicKey) -> None:
    """Print a proof that FOLDER's log only grew since the last checkpoint in the file SINCE. It shows no record."""
    earlier = _outside(since, key)[-1]
    click.echo(canonical(_told(lambda: proofs.prove_growth(folder / LOG_NAME, key, earlier))))


@audit.command("check-proof")
@click.argument("file", type=_FILE)
@_with_key
def check_proof_command(*, file: Path, key: Ed25519PublicKey) -> None:
    """Check a proof that `prove` or `prove-growth` printed. The log is not needed."""
    proven = _told(lambda: proofs.check_proof(file.read_bytes(), key))
    click.echo(f"proven: {proven.words}")
    if proven.record is not None:
        click.echo(json.dumps(proven.record, indent=2, sort_keys=True))


@audit.command("key")
@click.argument("private_key", type=_FILE)
def key_command(*, private_key: Path) -> None:
    """Print the public half of the log's key, to be kept where nobody who can write the log can write."""
    try:
        click.echo(public_pem(signing_key(private_key)), nl=False)
    except AuditKeyError as fault:
        raise _unusable(fault, "name the file that was made beside the log at its first start") from None


def _outside(path: Path, key: Ed25519PublicKey) -> tuple[Checkpoint, ...]:
    """The checkpoints in a file that was kept elsewhere."""
    try:
        found = _told(lambda: _checkpoints(path, key))
    except NoteError as fault:
        raise _unusable(f"{path} cannot be used: {fault}", "give lines of checkpoints.jsonl and their key") from None
    if not found:
        raise _unusable(f"{path} holds no checkpoint", "give whole lines of checkpoints.jsonl")
    return found


def _checkpoints(path: Path, key: Ed25519PublicKey) -> tuple[Checkpoint, ...]:
    with path.open("rb") as file:
        return tuple(read_line(line, key) for line in lines_of(file))


def _told(act: Callable[[], Result]) -> Result:
    """The result; what went wrong becomes a message with an exit code."""
    try:
        return act()
    except (TamperedError, proofs.ProofRefusedError) as fault:
        raise _tampered(fault) from None
    except NoLogError as fault:
        raise _unusable(fault, "name the folder that holds audit.jsonl") from None
    except OSError as fault:
        raise _unusable(f"a file cannot be read: {fault}", "make it readable for this account") from None
    except (proofs.NotProvableError, proofs.ProofUnreadableError) as fault:
        raise _unusable(fault, "look at the id, the file and the log that you named") from None


def _notices(without_outcome: Sequence[int]) -> list[str]:
    """The changes of which nobody recorded how they ended. The chain holds all the same."""
    lines = [f"note:  outcome not recorded: record {place} says what was to be changed" for place in without_outcome]
    return lines if len(lines) <= _MOST_NOTICES else [*lines[:_MOST_NOTICES], f"note:  {len(lines)} in all"]


def _summary(held: Verified) -> list[str]:
    lines = [f"{held.chain.size} records hold, each chained to the one before it"]
    if held.checkpoint:
        last = held.checkpoint
        lines.append(f"{last.size} of them are signed, by {held.checkpoints} checkpoints, the last of {last.time}")
        lines.append(f"log {last.origin}, root {last.root.hex()}")
    if held.unsigned:
        lines.append(f"{held.unsigned} came after the last checkpoint and are not signed yet")
    if held.unfinished:
        lines.append(f"{held.unfinished} bytes after them are a line that was never acknowledged")
    return lines
