"""archive: the project's own files, and the zip files that they go into."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from grader.errors import GraderError, Misuse
from grader.machine import typed

_COMPRESSED = (".whl", ".npz", ".png", ".zip")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)

# A name in the archive, and the file or the text that it holds.
ZipMember = tuple[str, Path | str]


def find_files(root: Path) -> tuple[Path, ...]:
    """Return the project's own files, relative to its root.

    Raises:
        GraderError: git does not know them.
    """
    return tuple(
        path for path in list_files(root, "--cached") if (root / path).is_file()
    )


def list_files(root: Path, which: str) -> tuple[Path, ...]:
    """Return what git lists: ``--cached`` or ``--others``."""
    command = ["git", "ls-files", "-z", "--exclude-standard", which]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise GraderError(
            f"git cannot list the project's files in {root}. A pack is made in a "
            f"clone of the project: git clone, then {typed('class.pack')}"
        ) from error
    return tuple(Path(name) for name in done.stdout.decode().split("\0") if name)


@contextmanager
def written(archive: Path) -> Iterator[BinaryIO]:
    """Provide the archive to be; a half-written one never bears its name, nor stays."""
    unfinished = archive.with_name(f"{archive.name}.part")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(archive)
    except OSError as error:
        raise Misuse(
            f"{error.filename or archive} cannot be written ({error.strerror}). "
            "Free some space, or name another place with --out."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def write(file: zipfile.ZipFile, members: Iterable[ZipMember]) -> None:
    """Write members into a zip file; a text that is a script can be run."""
    for name, source in members:
        info = zipfile.ZipInfo(name, _LONG_AGO)
        is_dense = name.endswith(_COMPRESSED)
        info.compress_type = zipfile.ZIP_STORED if is_dense else zipfile.ZIP_DEFLATED
        is_script = isinstance(source, str) and source.startswith("#!")
        info.external_attr = (0o100755 if is_script else 0o644) << 16
        # How large it will be is not said when it is begun: 2 GiB would be the end.
        with file.open(info, "w", force_zip64=True) as to:
            if isinstance(source, str):
                to.write(source.encode())
                continue
            with source.open("rb") as content:
                while block := content.read(1 << 20):
                    to.write(block)
