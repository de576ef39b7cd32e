"""The attempts that attack, of which families share what is in `common`."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.project import ROOT

FOLDER = ROOT / "tests" / "hostile"
_FAMILY = re.compile(rb"^common: (\w+)$", re.MULTILINE)


def attempts() -> list[Path]:
    """Return all attempts that attack."""
    return sorted(FOLDER.glob("*.py"))


def read_attempt(path: Path) -> bytes:
    """Return an attempt's source, with what its family shares below its docstring."""
    source = path.read_bytes()
    family = _FAMILY.search(source[:1000])
    if family is None:
        return source
    shared = (FOLDER / "common" / f"{family[1].decode()}.py").read_bytes()
    _, docstring, own = source.split(b'"""', 2)
    return b'"""%b"""\n\n%b\n\n%b' % (docstring, shared, own.lstrip())
