"""project_place: folders in which a project causes trouble."""

from __future__ import annotations

import re
import sys
from pathlib import PurePath

# Without long paths, Windows allows so many characters.
_MOST = 259
# The longest path of TensorFlow 2.21, in the folder that packages are installed into.
_LONGEST_OF_TENSORFLOW = 163
# How the names of folders begin that a service keeps in step with others.
_SERVICES = {
    "onedrive": "OneDrive",
    "dropbox": "Dropbox",
    "google ?drive|my drive": "Google Drive",
    "icloud ?drive|mobile documents|com~apple~clouddocs": "iCloud",
}


def find_synchroniser(folder: PurePath) -> str:
    """Return the service that synchronises a folder, by its path; "" if none."""
    for name in folder.parts:
        for start, service in _SERVICES.items():
            if re.match(rf"(?:{start})(?![a-z])", name, re.IGNORECASE):
                return service
    return ""


def count_excess(packages: PurePath) -> int:
    """Return by how many characters TensorFlow's paths are too long for Windows.

    Args:
        packages: the folder that packages are installed into.
    """
    return max(0, len(str(packages)) + 1 + _LONGEST_OF_TENSORFLOW - _MOST)


def allows_long_paths() -> bool:
    """Return whether this system opens files with longer paths; Windows may not."""
    if sys.platform != "win32":
        return True
    import winreg

    place = r"SYSTEM\CurrentControlSet\Control\FileSystem"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
