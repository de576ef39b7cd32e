"""A pack holds the project and its wheels, and sets a laptop up without a network."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from grader.errors import GraderError, Misuse
from grader.packing import PLATFORMS, PYTHONS, pack, set_up, wheels
from grader.packing.wheels import Platform

ROOT = Path(__file__).parent.parent
FOLDER = "project"
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
LAPTOP = set_up.this_laptop().rpartition("-py")[0]

WHEEL = {
    "tiny.py": "WHERE = 'from the stick'\n",
    "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
    "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny-1.0.dist-info/RECORD": "",
}
# A build backend of a few lines, so that the test needs nothing from a network.
BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "project-1.0-py3-none-any.whl"
    facts = {
        "project.pth": REPLACED,
        "project-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: project\\nVersion: 1.0\\n",
        "project-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "project-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in facts.items():
            wheel.writestr(path, text)
    return name
""".replace("REPLACED", "__import__('os').getcwd() + '\\n'")
PROJECT = '[project]\nname = "project"\nversion = "1.0"\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def fetch(root: Path, target: Platform, python: str, store: Path) -> str:
    """Wheels as they would be downloaded."""
    with zipfile.ZipFile(store / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in WHEEL.items():
            wheel.writestr(name, text)
    return "tiny==1.0\n"


def stop(*_: object) -> str:
    raise AssertionError("something is fetched")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project under git, with what must not leave it."""
    root = tmp_path / "project"
    write(root, {
        "pyproject.toml": PROJECT,
        "backend.py": BACKEND,
        "lessons/données.txt": "data\n",
        "gone.txt": "removed after it was added\n",
        ".gitignore": "attempts/\n",
        "attempts/gradebook.sqlite": "what learners scored\n",
    })  # fmt: skip
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    (root / "gone.txt").unlink()
    write(root, {"private.txt": "not for others\n"})
    return root


def members(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        return file.namelist()


def test_a_pack_holds_what_git_tracks_and_nothing_else(
    project: Path, tmp_path: Path
) -> None:
    packed = pack(
        project, tmp_path / "out" / "p.zip", ["linux-x86_64"], ["3.12"], fetch
    )
    names = members(packed.path)
    assert sorted(names) == sorted([
        "__main__.py",
        f"{FOLDER}/.gitignore",
        f"{FOLDER}/READ_ME_FIRST.txt",
        f"{FOLDER}/backend.py",
        f"{FOLDER}/lessons/données.txt",
        f"{FOLDER}/pack/requirements/linux-x86_64-py3.12.txt",
        f"{FOLDER}/pack/wheels/tiny-1.0-py3-none-any.whl",
        f"{FOLDER}/pyproject.toml",
        f"{FOLDER}/set_up.py",
    ])  # fmt: skip
    assert (packed.files, packed.wheels, packed.left_out) == (4, 1, ("private.txt",))
    assert packed.size == packed.path.stat().st_size
    assert list(packed.path.parent.iterdir()) == [packed.path]


def test_the_same_pack_twice_is_the_same_bytes_but_for_its_wheels(
    project: Path, tmp_path: Path
) -> None:
    def nothing(*_: object) -> str:
        return ""

    packs = [
        pack(project, tmp_path / name, ["macos-arm64"], ["3.13"], nothing).path
        for name in ("a.zip", "b.zip")
    ]
    assert packs[0].read_bytes() == packs[1].read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(
    LAPTOP not in PLATFORMS, reason=f"{LAPTOP} is no platform of a pack"
)
def test_one_command_sets_a_laptop_up_without_a_network(
    project: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "p.zip"
    pack(project, archive, [LAPTOP], [PYTHON], fetch)
    desk = tmp_path / "desk with a space"
    desk.mkdir()
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
    command = [sys.executable, str(archive)]
    done = subprocess.run(
        command, cwd=desk, env=os.environ | nowhere, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ready. Now type:" in done.stdout
    home = desk / FOLDER / ".venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = "import tiny, backend; print(tiny.WHERE); print(backend.__file__)"
    seen = subprocess.run(
        [python, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert seen.stdout.splitlines() == [
        "from the stick",
        str(desk / FOLDER / "backend.py"),
    ]
    again = subprocess.run(command, cwd=desk, capture_output=True, text=True)
    assert again.returncode != 0
    assert "is there already, and nothing was changed" in again.stderr


def test_a_laptop_that_the_pack_does_not_know_is_told_what_it_holds(
    tmp_path: Path,
) -> None:
    write(tmp_path / "pack" / "requirements", {"linux-x86_64-py3.12.txt": ""})
    with pytest.raises(SystemExit, match=r"no packages for windows-arm64-py3\.9"):
        set_up.requirements_for(tmp_path, "windows-arm64-py3.9")


def test_a_wrong_python_is_told_before_anything_is_unpacked(
    project: Path, tmp_path: Path
) -> None:
    other = next(name for name in PLATFORMS if name != LAPTOP)
    archive, desk = tmp_path / "p.zip", tmp_path / "desk"
    pack(project, archive, [other], [PYTHON], fetch)
    desk.mkdir()
    done = subprocess.run(
        [sys.executable, str(archive)], cwd=desk, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f"no packages for {set_up.this_laptop()}" in done.stderr
    assert f"It has them for: {other}-py{PYTHON}." in done.stderr
    assert f"This is Python {PYTHON}, {sys.executable}." in done.stderr
    assert "Nothing was unpacked" in done.stderr
    assert done.stdout == ""
    assert list(desk.iterdir()) == []


def test_a_python_of_another_kind_needs_packages_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(set_up.sysconfig, "get_config_var", lambda _: 1)
    assert set_up.this_laptop() == f"{LAPTOP}-py{PYTHON}t"
    monkeypatch.setattr(set_up.sys, "maxsize", 2**31 - 1)
    assert set_up.this_laptop().split("-")[1] == "32bit"


def test_a_python_without_wheels_for_a_platform_is_left_out(project: Path) -> None:
    pack(project, project / "p.zip", ["windows-arm64"], PYTHONS, fetch)
    lists = [name for name in members(project / "p.zip") if "requirements" in name]
    assert [Path(name).stem for name in sorted(lists)] == [
        "windows-arm64-py3.12",
        "windows-arm64-py3.13",
    ]
    with pytest.raises(Misuse, match=r"wheel for windows-arm64 on Python 3\.11"):
        pack(project, project / "p.zip", ["windows-arm64"], ["3.11"], stop)


def test_the_set_up_script_needs_nothing_but_python(tmp_path: Path) -> None:
    script = tmp_path / "set_up.py"
    script.write_bytes(Path(set_up.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script)], capture_output=True, text=True
    )
    assert f"no packages for {set_up.this_laptop()}" in done.stderr


@pytest.mark.parametrize(
    ("platforms", "pythons", "said"),
    [
        (["amiga"], ["3.12"], "There is no platform 'amiga'"),
        ([], ["3.12"], "Name at least one platform"),
        (["linux-x86_64"], ["2.7"], "not on 2.7"),
    ],
)
def test_what_cannot_be_packed_is_said(
    platforms: list[str], pythons: list[str], said: str, project: Path
) -> None:
    with pytest.raises(Misuse, match=said):
        pack(project, project / "p.zip", platforms, pythons, fetch)


def test_a_folder_gets_the_pack_by_its_name(project: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    packed = pack(project, stick, ["linux-x86_64"], ["3.12"], fetch)
    assert packed.path == stick / f"{FOLDER}.zip"
    assert list(stick.iterdir()) == [packed.path]


def test_where_nothing_can_be_written_is_said_before_anything_is_fetched(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misuse, match="cannot be written"):
        pack(project, tmp_path / "file" / "p.zip", ["linux-x86_64"], ["3.12"], stop)


@pytest.mark.parametrize("error", [OSError(27, "File too large"), KeyboardInterrupt()])
def test_a_pack_that_is_not_finished_leaves_nothing(
    project: Path, tmp_path: Path, error: BaseException
) -> None:
    def interrupted(*_: object) -> str:
        raise error

    archive = tmp_path / "out" / "p.zip"
    with pytest.raises((Misuse, KeyboardInterrupt)):
        pack(project, archive, ["linux-x86_64"], ["3.12"], interrupted)
    assert list(archive.parent.iterdir()) == []


def test_a_folder_without_git_is_said(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="git clone"):
        pack(tmp_path, tmp_path / "p.zip", ["linux-x86_64"], ["3.12"], fetch)


def test_a_pack_carries_the_lessons_in_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv resolves what `serve` needs from the project itself."""
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@"\n')
    uv.chmod(0o755)
    monkeypatch.setattr(wheels.shutil, "which", lambda _: str(uv))
    asked = wheels.requirements(ROOT, PLATFORMS["linux-x86_64"], "3.12").split()
    needed = ""
    for folder in (ROOT, ROOT / "grader"):
        stated = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        needed += " ".join(stated["project"]["dependencies"])
    assert "pyproject.toml" in asked
    assert "lesson-grader" in needed
    for package in ("segno", "starlette", "uvicorn"):
        assert package in needed


def test_without_uv_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels.shutil, "which", lambda _: None)
    with pytest.raises(GraderError, match="pip install uv"):
        wheels.requirements(ROOT, PLATFORMS["linux-x86_64"], "3.12")


def test_what_uv_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 1\n")
    uv.chmod(0o755)
    monkeypatch.setattr(wheels.shutil, "which", lambda _: str(uv))
    with pytest.raises(GraderError, match="no such package"):
        wheels.download(
            tmp_path / "r.txt", PLATFORMS["macos-arm64"], "3.12", tmp_path, ROOT
        )


def test_the_pythons_of_a_pack_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    low, high = (f"3.{11 + i}" for i in (0, len(PYTHONS)))
    assert project["requires-python"] == f">={low},<{high}"
    assert PYTHONS == ("3.11", "3.12", "3.13")
