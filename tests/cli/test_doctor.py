"""What `doctor` says of a machine, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import doctor
from grader.cli.doctor import Condition
from grader.common import control_group
from grader.course import installation
from lessons import data
from tests.support.project import ROOT


def test_memory_is_what_the_container_or_job_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_group, "free_bytes", lambda: 0.9e9)
    found = doctor._check_memory(tmp_path)
    assert not found.is_good
    assert found.words.startswith("0.9 GB free in this container or job, ")
    assert found.remedy == "Allow it 3 GB."


def test_the_shipped_data_is_known_by_its_sum(tmp_path: Path) -> None:
    folder = tmp_path / "lessons" / "data"
    folder.mkdir(parents=True)
    sums = (data.FOLDER / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").write_text(sums)
    text = (data.FOLDER / "letters.txt.gz").read_bytes()
    (folder / "letters.txt.gz").write_bytes(text)

    def seen() -> Condition:
        return next(one for one in doctor.examine(tmp_path) if one.name == "data")

    assert not seen().is_good
    (folder / "mnist.npz").write_bytes((data.FOLDER / "mnist.npz").read_bytes())
    assert (seen().is_good, seen().words) == (
        True,
        "mnist.npz, letters.txt.gz, complete",
    )
    (folder / "mnist.npz").write_bytes(b"another")
    assert seen().words == "mnist.npz is not what was shipped"
    assert "Get lessons/data/mnist.npz again" in seen().remedy


def test_a_place_that_causes_trouble_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "/" + "x" * 200
    monkeypatch.setattr("sysconfig.get_path", lambda _: long)
    assert list(doctor._check_place(tmp_path, is_limited=False)) == []
    path, folder = doctor._check_place(tmp_path / "Dropbox", is_limited=True)
    assert (path.name, path.is_good) == ("path", False)
    assert path.words == "106 characters too long for TensorFlow's files"
    assert r"such as C:\learn, or turn on long paths in Windows." in path.remedy
    assert (folder.is_good, folder.words) == (False, "synchronised by Dropbox")


def test_a_path_that_is_too_long_for_a_gradebook_is_named(
    tmp_path: Path,
) -> None:
    root = tmp_path.joinpath(*["x" * 100] * 5)
    root.mkdir(parents=True)
    found = next(one for one in doctor.examine(root) if one.name == "gradebook")
    assert (found.is_good, found.words) == (False, "cannot be used")
    assert found.remedy.startswith("Its path is too long. Move the project to a folder")


def test_before_there_are_lessons_it_says_what_installs_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "has_tensorflow", lambda: False)
    monkeypatch.setattr(installation, "is_copy", lambda: False)
    monkeypatch.setattr(doctor.settings, "find_installed_courses", lambda: {"x": ROOT})
    found = next(x for x in doctor.examine(tmp_path) if x.name == "TensorFlow")
    assert found.remedy.startswith("The lessons that train a network need it. Run `")
    assert found.remedy.endswith('-m pip install "lesson-grader[keras]"`.')
