"""versions: record in pyproject.toml which version of each package is used.

uv reads `constraint-dependencies` there whenever it resolves, so that `uv sync`
installs the same versions everywhere. Unlike a lock file, the list has no addresses.

It needs no package: before anything is installed, `python -m tools.versions --oldest`
records the oldest versions that the bounds allow, to test them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from grader.common.errors import GraderError

_LIST = re.compile(r"(?m)^constraint-dependencies = \[\n(?: .*\n)*\]\n")
# One version of one package, maybe only for some machines: no address, no hash.
_RECORDED = re.compile(r"[a-z0-9-]+==[\w.+!]+( ; [^:@\"]+)?")
# Everything that anybody installs of this project, for all machines.
_EXPORT = [
    *("export", "--quiet", "--upgrade", "--no-hashes", "--no-header", "--no-annotate"),
    *("--all-packages", "--all-extras", "--all-groups", "--no-emit-workspace"),
]


def record(root: Path, oldest: bool = False) -> list[str]:
    """Resolve all packages anew, and write their versions into pyproject.toml.

    Args:
        root: the project.
        oldest: take the oldest versions that the bounds of our own dependencies allow,
            instead of the newest.

    Returns:
        The recorded requirements. Several with the same name are for different machines
        or versions of Python.

    Raises:
        GraderError: uv can't resolve them. Then the file is as it was before.
    """
    path = root / "pyproject.toml"
    before = path.read_text("utf-8")
    after = before
    try:
        path.write_text(_replace_list(before, []), "utf-8")
        found = _resolve(root, oldest)
        after = _replace_list(before, found)
    finally:
        path.write_text(after, "utf-8")
    return found


def read_recorded(text: str) -> list[str]:
    """Return the recorded requirements of a pyproject.toml."""
    found = _LIST.search(text)
    return re.findall(r'(?m)^ +"(.+)",$', found[0]) if found else []


def _resolve(root: Path, oldest: bool) -> list[str]:
    uv = shutil.which("uv")
    if uv is None:
        raise GraderError("uv resolves the versions. Install it: pip install uv")
    mode = ["--resolution", "lowest-direct" if oldest else "highest"]
    done = subprocess.run(
        [uv, *_EXPORT, *mode], cwd=root, capture_output=True, encoding="utf-8"
    )
    if done.returncode != 0:
        raise GraderError(f"uv could not resolve the versions:\n{done.stderr.strip()}")
    found = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    if wrong := [line for line in found if not _RECORDED.fullmatch(line)]:
        raise GraderError(f"This isn't a version of a package: {wrong[0]}")
    return found


def _replace_list(text: str, requirements: Sequence[str]) -> str:
    lines = "".join(f'    "{one}",\n' for one in requirements)
    changed, count = _LIST.subn(
        lambda _: f"constraint-dependencies = [\n{lines}]\n", text
    )
    if count != 1:
        raise GraderError("pyproject.toml has no list constraint-dependencies.")
    return changed


if __name__ == "__main__":
    try:
        print(*record(Path.cwd(), oldest="--oldest" in sys.argv[1:]), sep="\n")
    except GraderError as error:
        raise SystemExit(str(error)) from error
