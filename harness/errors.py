"""Every error that the harness raises on purpose, and the exit code that each one means.

    HarnessError                    5   (never raised itself)
    +- InvalidInput                 4   a declared file or an argument cannot be used
    |  +- DeclarationError          4   a file says something that its reader does not allow
    |  +- MissingData               4   a file or folder that is needed is not there
    |  +- EvidenceError             4   recorded evidence is damaged, incomplete or contradicts itself
    +- TargetError                  5   the system under test could not be reached or started
    +- TrackingError                5   MLflow did not take or give back what was written (never decides a verdict)

A verdict is not an error: FAILED (1) and INCONCLUSIVE (3) are results. Exit code 2 belongs to click alone.
"""

from dataclasses import dataclass


class HarnessError(Exception):
    """The root. `next_step` is the command or the act that mends it; every message that a person sees ends with it."""

    exit_code = 5

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class InvalidInput(HarnessError):  # noqa: N818  (named for what it is, like its children)
    """A declared file or an argument cannot be used. Nothing was asked of the system under test."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: 1-based line and column, 0 where there is none."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`, as editors and CI annotations read it."""
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


class DeclarationError(InvalidInput):
    """A file says something that its reader does not allow: the place, what was found, what is allowed."""

    def __init__(self, place: Place, message: str, *, next_step: str = "") -> None:
        super().__init__(f"{place}: {message}", next_step=next_step)
        self.place = place


class MissingData(InvalidInput):
    """A file or folder that is needed is not there; the message says where to get it."""


class EvidenceError(InvalidInput):
    """Recorded evidence is damaged, incomplete or contradicts itself."""


class TargetError(HarnessError):
    """The system under test could not be reached or started: the address and the cause."""


class TrackingError(HarnessError):
    """MLflow did not take, or did not give back, what was written. The verdict stands without it."""
