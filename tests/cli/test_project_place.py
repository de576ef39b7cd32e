"""Folders in which a project causes trouble, and what the doctor says of them."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from grader.cli import doctor
from grader.cli.project_place import count_excess, find_synchroniser

PACKAGES = r".venv\Lib\site-packages"


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        (PureWindowsPath(r"C:\Users\ada\OneDrive - University\xent"), "OneDrive"),
        (PureWindowsPath(r"C:\Users\ada\onedrive\xent"), "OneDrive"),
        (PureWindowsPath(r"G:\My Drive\xent"), "Google Drive"),
        (PureWindowsPath(r"C:\Users\ada\iCloudDrive\xent"), "iCloud"),
        (PurePosixPath("/home/ada/Dropbox (Personal)/xent"), "Dropbox"),
        (
            PurePosixPath("/Users/ada/Library/CloudStorage/OneDrive-Personal/x"),
            "OneDrive",
        ),
        (
            PurePosixPath("/Users/ada/Library/CloudStorage/GoogleDrive-a@b.c/x"),
            "Google Drive",
        ),
        (
            PurePosixPath("/Users/ada/Library/Mobile Documents/com~apple~CloudDocs/x"),
            "iCloud",
        ),
        (PureWindowsPath(r"C:\xent"), ""),
        (PurePosixPath("/home/ada/onedriver/dropboxes/my driveway"), ""),
    ],
)
def test_a_service_is_known_by_the_name_of_its_folder(
    folder: PurePosixPath | PureWindowsPath, service: str
) -> None:
    assert find_synchroniser(folder) == service


def test_a_path_is_too_long_from_the_first_character_beyond_the_limit() -> None:
    longest = 259 - 163 - len(rf"\{PACKAGES}" + "\\")
    assert longest == 71
    project = "C:\\" + "x" * (longest - 3)
    assert count_excess(PureWindowsPath(project, PACKAGES)) == 0
    assert count_excess(PureWindowsPath(project + "yz", PACKAGES)) == 2


def test_the_doctor_says_what_to_do(
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


def test_of_a_path_that_is_too_long_for_a_gradebook_that_is_said(
    tmp_path: Path,
) -> None:
    root = tmp_path.joinpath(*["x" * 100] * 5)
    root.mkdir(parents=True)
    found = next(one for one in doctor.examine(root) if one.name == "gradebook")
    assert (found.is_good, found.words) == (False, "cannot be used")
    assert found.remedy.startswith("Its path is too long. Move the project to a folder")
