"""Changed sources without a changed file: an import hook that compiles a module from its patched text.

The system under test needs no seam for it. What is patched is compiled under its own file name, so that tracebacks and
digests of files read as ever; the byte code of the unchanged module is neither read nor written.
"""

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from harness.errors import InvalidInput
from harness.selftest.mutants import Mutant, Patch


def package_folder(package: str) -> Path:
    """The folder of a top-level package, found without importing it. Raises InvalidInput where there is none."""
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise InvalidInput(f"there is no package {package!r}", next_step="install the system that is to be mutated")
    return Path(places[0])


def source_file(module: str) -> Path:
    """The file of a module. No package is imported. Raises InvalidInput where there is no such file."""
    package, *inner = module.split(".")
    place = package_folder(package).joinpath(*inner)
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    if not file.is_file():
        raise InvalidInput(f"the module {module} has no source file", next_step="mend the file of mutants")
    return file


def patched_source(mutant: Mutant, module: str) -> str:
    """The module's text after the mutant's patches, one after the other.

    Raises InvalidInput, naming mutant and file, where a text to be replaced does not stand there exactly once, or the
    result is no Python.
    """
    file = source_file(module)
    text = file.read_text(encoding="utf-8")
    for patch in mutant.patches:
        if patch.module == module:
            text = _replaced(text, patch, mutant, file)
    try:
        compile(text, str(file), "exec", dont_inherit=True)
    except SyntaxError as fault:
        raise InvalidInput(
            f"mutant {mutant.name}: {file.name} is no Python after the patch, line {fault.lineno}: {fault.msg}",
            next_step="mend the mutant's `to`",
        ) from fault
    return text


def check_patches(mutants: Sequence[Mutant]) -> None:
    """Raises InvalidInput for the first mutant whose patches do not fit the sources as they are today."""
    for mutant in mutants:
        for module in _modules_of(mutant):
            patched_source(mutant, module)


class Patched(MetaPathFinder):
    """Finds the modules of one mutant, and knows which of them were imported."""

    def __init__(self, mutant: Mutant) -> None:
        """Read and patch every source at once. Raises InvalidInput as `patched_source` does."""
        self._sources: Mapping[str, str] = {name: patched_source(mutant, name) for name in _modules_of(mutant)}
        self.imported: set[str] = set()

    def install(self) -> None:
        """Stand before every other finder. Raises InvalidInput for a module that was imported already."""
        for name in self._sources:
            if name in sys.modules:
                raise InvalidInput(f"{name} was imported before it could be patched")
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Stand back."""
        sys.meta_path.remove(self)

    @property
    def idle(self) -> list[str]:
        """Modules that were patched and never imported: their fault was not there."""
        return sorted(self._sources.keys() - self.imported)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec with a loader of the patched text; None for all other modules."""
        if fullname not in self._sources:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        self.imported.add(fullname)
        spec.loader = _Loader(fullname, spec.origin, self._sources[fullname])
        return spec


class _Loader(SourceFileLoader):
    """Gives the code of a text in place of the file's."""

    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """The patched text, compiled under the file's name."""
        return compile(self._text, self.get_filename(fullname), "exec", dont_inherit=True)


def _modules_of(mutant: Mutant) -> list[str]:
    return list(dict.fromkeys(patch.module for patch in mutant.patches))


def _replaced(text: str, patch: Patch, mutant: Mutant, file: Path) -> str:
    found = text.count(patch.old)
    if found != 1:
        raise InvalidInput(
            f"mutant {mutant.name}: the text to be replaced stands {found} times in {file}, and must stand there once: "
            f"{patch.old.strip().splitlines()[0][:80]!r}",
            next_step="the source has changed: mend `from` in the file of mutants",
        )
    return text.replace(patch.old, patch.new)
