"""requirements: what the whole check needs of a machine, beside Python packages."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import json
import shutil
import sys
import tempfile
import urllib.error
from collections.abc import Callable
from pathlib import Path

from grader.common.errors import GraderError
from grader.sandbox import WorkerFactory
from grader.sandbox.isolation.policy import Isolation
from tools.shots.browser import Browser, chromedriver


def find_missing() -> list[str]:
    """Try what the tests need, and return a sentence about each part that doesn't work.

    Only Linux has bubblewrap and libseccomp.
    """
    parts: dict[str, Callable[[], None]] = {"Chromium": _try_chromium}
    if sys.platform == "linux":
        parts |= {"bubblewrap": _try_bubblewrap, "libseccomp": _try_libseccomp}
    missing = []
    for name, try_it in parts.items():
        try:
            try_it()
        except (GraderError, OSError) as error:
            missing.append(f"{name} doesn't work: {error}")
    return missing


def load_libseccomp() -> ctypes.CDLL:
    """Load the library.

    Raises:
        OSError: if it isn't there.
    """
    return ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2")


def _try_chromium() -> None:
    """Open an empty page.

    Raises:
        GraderError: if Chromium or its driver isn't installed, or doesn't start.
        OSError: if the driver doesn't answer.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        try:
            with (
                chromedriver() as address,
                contextlib.closing(Browser(address, 800, Path(profile))) as browser,
            ):
                browser.go("about:blank")
        except urllib.error.HTTPError as error:
            message = json.load(error)["value"]["message"].partition("\n")[0]
            raise GraderError(message) from error


def _try_bubblewrap() -> None:
    if shutil.which("bwrap") is None:
        raise GraderError("bwrap isn't installed (Debian: bubblewrap).")
    with WorkerFactory() as factory:
        if Isolation.BUBBLEWRAP not in factory.isolation:
            raise GraderError("bwrap is installed, but workers don't start in it.")


def _try_libseccomp() -> None:
    load_libseccomp()
