"""The calls of Landlock: what each version knows, and what the kernel's refusals do."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.common.errors import SandboxError
from grader.sandbox import isolation
from grader.sandbox.isolation import landlock
from grader.sandbox.isolation.landlock import Access
from grader.sandbox.isolation.policy import Limits

pytestmark = pytest.mark.only_on("linux")
HEADER = Path("/usr/include/linux/landlock.h")
# As the kernel's documentation lists them: files, network, scopes.
KNOWN = {
    1: (0x1FFF, 0, 0),
    2: (0x3FFF, 0, 0),
    3: (0x7FFF, 0, 0),
    4: (0x7FFF, 0b11, 0),
    5: (0xFFFF, 0b11, 0),
    6: (0xFFFF, 0b11, 0b11),
    7: (0xFFFF, 0b11, 0b11),
    8: (0xFFFF, 0b11, 0b11),
    9: (0x1FFFF, 0b11, 0b11),
    10: (0x1FFFF, 0b1111, 0b11),
}
VERSION = landlock.find_version()
CONFINED = """
import sys
from grader.sandbox.isolation import landlock, refuse_privileges
refuse_privileges()
allowed, closed, version = sys.argv[1], sys.argv[2], int(sys.argv[3])
with landlock.Ruleset(landlock.known_rights(version)) as rules:
    rules.allow(allowed, landlock.Access.READ_FILE | landlock.Access.READ_DIR)
    rules.restrict()
print(open(allowed + "/mine").read())
for path in (closed, allowed + "/new"):
    try:
        open(path, "w" if "new" in path else "r")
    except PermissionError:
        print("refused")
"""


def refuse(monkeypatch: pytest.MonkeyPatch, number: int, code: int) -> None:
    """Let one of the calls fail with this error."""
    call = landlock._call

    def answer(called: int, *values: int | bytes | None) -> int:
        if called == number:
            raise OSError(code, os.strerror(code))
        return call(called, *values)

    monkeypatch.setattr(landlock, "_call", answer)


@pytest.mark.parametrize("version", KNOWN)
def test_each_version_knows_the_rights_of_those_before_it(version: int) -> None:
    assert landlock.known_rights(version) == KNOWN[version]


def test_a_version_of_later_kernels_gets_the_rights_that_are_known_here() -> None:
    assert landlock.known_rights(99) == KNOWN[max(KNOWN)]


@pytest.mark.skipif(not HEADER.is_file(), reason="the kernel's headers are missing")
def test_the_numbers_are_those_of_the_kernels_header() -> None:
    text = HEADER.read_text("utf-8")
    found = re.findall(r"#define LANDLOCK_ACCESS_FS_(\w+)\s+\(1ULL << (\d+)\)", text)
    stated = {name: 1 << int(bit) for name, bit in found}
    assert stated.items() <= {one.name: one.value for one in Access}.items()
    assert len(stated) >= len(Access) - 1  # older headers lack the newest


@pytest.mark.skipif(not VERSION, reason="this kernel has no Landlock")
@pytest.mark.parametrize("version", KNOWN)
def test_the_kernel_takes_the_rights_of_its_version_and_of_older_ones(
    tmp_path: Path, version: int
) -> None:
    rights = landlock.known_rights(version)
    if version > VERSION and rights != landlock.known_rights(VERSION):
        with pytest.raises(OSError, match="Invalid argument"):
            landlock.Ruleset(rights)
        return
    allowed, closed = tmp_path / "allowed", tmp_path / "closed"
    allowed.mkdir()
    for path in (allowed / "mine", closed):
        path.write_text("text")
    words = (sys.executable, "-c", CONFINED, allowed, closed, str(version))
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["text", "refused", "refused"]


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_where_the_call_is_missing_or_turned_off_there_is_no_landlock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int
) -> None:
    refuse(monkeypatch, landlock._CREATE_RULESET, code)
    assert landlock.find_version() == 0
    assert isolation.find_layers().landlock == 0
    isolation.close_folders([tmp_path])  # closes nothing, and says nothing


def test_what_the_kernel_refuses_for_another_reason_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(monkeypatch, landlock._CREATE_RULESET, errno.EINVAL)
    with pytest.raises(OSError, match="Invalid argument"):
        landlock.find_version()


@pytest.mark.skipif(not VERSION, reason="this kernel has no Landlock")
@pytest.mark.parametrize(
    "number", [landlock._CREATE_RULESET, landlock._ADD_RULE, landlock._RESTRICT_SELF]
)
def test_a_worker_whose_rules_are_refused_reads_no_attempt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int
) -> None:
    for name in ("refuse_privileges", "drop_capabilities"):
        monkeypatch.setattr(isolation, name, lambda: None)
    monkeypatch.setattr(landlock, "find_version", lambda: VERSION)
    refuse(monkeypatch, number, errno.E2BIG)
    layers = isolation.SandboxLayers(VERSION, has_filter=False, has_limits=False)
    before = {*Path("/proc/self/fd").iterdir()}
    with pytest.raises(SandboxError, match="A worker could not be confined"):
        layers.apply(tmp_path, Limits())
    opened = {*Path("/proc/self/fd").iterdir()} - before
    # The rules are closed; the command line stays open for those that are applied.
    assert len(opened) == (number == landlock._RESTRICT_SELF)
    for each in opened:
        os.close(int(each.name))


@pytest.mark.skipif(not VERSION, reason="this kernel has no Landlock")
def test_what_a_set_does_not_handle_needs_no_rule(tmp_path: Path) -> None:
    with landlock.Ruleset(landlock.Rights(Access.READ_FILE)) as rules:
        rules.allow(tmp_path / "missing", Access.WRITE_FILE)
        with pytest.raises(FileNotFoundError):
            rules.allow(tmp_path / "missing", Access.READ_FILE)
