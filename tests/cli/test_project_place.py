"""Folders in which a project causes trouble."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

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
