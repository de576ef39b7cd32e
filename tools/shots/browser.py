"""browser: a page in Chromium, over the few words of WebDriver that are needed."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.common.errors import Misuse

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_NARROW = 600


class Browser:
    """A headless Chromium with one window.

    Args:
        address: where chromedriver listens.
        width: of the window, in pixels; a narrow one is a phone's.
        profile: a folder for what the browser keeps.
        height: of the window.
    """

    def __init__(
        self, address: str, width: int, profile: Path, height: int = 844
    ) -> None:
        self.address = address
        metrics = {
            "width": width,
            "height": height,
            "pixelRatio": 1,
            "mobile": width < _NARROW,
        }
        options = {
            "args": [*FLAGS, f"--user-data-dir={profile}"],
            "binary": CHROMIUM,
            "mobileEmulation": {"deviceMetrics": metrics},
        }
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        session = self._post("/session", capabilities={"alwaysMatch": capabilities})
        self.address += f"/session/{session['sessionId']}"
        self._take_focus()

    def start_over(self) -> None:
        """Close every window, forget cookies and what pages keep, and open a window."""
        old = self._send("/window/handles", "GET")
        # A window that a page opens stays in the process of that page, so no other has
        # to be started.
        self._post("/window", handle=old[0])
        self.go("about:blank")
        self.run("open()")
        (new,) = set(self._send("/window/handles", "GET")) - set(old)
        for handle in old:
            self._post("/window", handle=handle)
            self._send("/window", "DELETE")
        self._post("/window", handle=new)
        self._cdp("Network.clearBrowserCookies", {})
        everything = {"origin": "*", "storageTypes": "all"}
        self._cdp("Storage.clearDataForOrigin", everything)
        self.log()
        self._take_focus()

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file."""
        self.go(page.as_uri() + fragment)

    def go(self, address: str) -> None:
        """Open an address."""
        self._post("/url", url=address)

    def set_cookie(self, address: str, name: str, value: str) -> None:
        """Set a cookie, as an answer from an address does."""
        cookie = {"url": address, "name": name, "value": value}
        self._cdp("Network.setCookie", cookie)

    def run(self, script: str) -> object:
        """Run a script in the page, and return what it returns."""
        return self._post("/execute/sync", script=script, args=[])

    def click(self, css: str) -> None:
        """Click an element."""
        (found,) = self._post("/element", using="css selector", value=css).values()
        self._post(f"/element/{found}/click")

    def press_enter(self) -> None:
        """Press Enter where the focus is."""
        keys = [{"type": kind, "value": "\ue007"} for kind in ("keyDown", "keyUp")]
        self._post("/actions", actions=[{"type": "key", "id": "keys", "actions": keys}])

    def prefer(self, scheme: str) -> None:
        """Ask for light or dark pages, as a system does."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._cdp("Emulation.setEmulatedMedia", {"features": features})

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._cdp(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": width,
                "height": height,
                "deviceScaleFactor": 1,
                "mobile": width < _NARROW,
            },
        )

    def overflow(self) -> int:
        """Return by how many pixels the widest element exceeds the window."""
        page = "document.documentElement"
        beyond = self.run(f"return {page}.scrollWidth - {page}.clientWidth")
        assert isinstance(beyond, int)
        return beyond

    def wait_for(self, condition: str, s: float = 120) -> None:
        """Wait until a script's expression is true.

        Raises:
            TimeoutError: it doesn't come true.
        """
        deadline = time.monotonic() + s
        while not self.run(f"return Boolean({condition})"):
            if time.monotonic() > deadline:
                raise TimeoutError(condition)
            time.sleep(0.2)

    def log(self) -> list[dict[str, Any]]:
        """Return what the page has written to its console."""
        entries: list[dict[str, Any]] = self._post("/se/log", type="browser")
        return entries

    def screenshot(self, is_whole: bool = True) -> bytes:
        """Return a screenshot of the whole page, or of the window, as a PNG file."""
        size = {"captureBeyondViewport": is_whole, "format": "png"}
        return base64.b64decode(self._cdp("Page.captureScreenshot", size)["data"])

    def close(self) -> None:
        """End the browser."""
        self._send("", "DELETE")

    def _take_focus(self) -> None:
        # No window system gives a headless page the focus, and JupyterLab waits for it.
        self._cdp("Emulation.setFocusEmulationEnabled", {"enabled": True})

    def _cdp(self, command: str, params: dict[str, Any]) -> Any:
        return self._post("/goog/cdp/execute", cmd=command, params=params)

    def _post(self, path: str, **body: object) -> Any:
        return self._send(path, "POST", json.dumps(body).encode())

    def _send(self, path: str, method: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(
            self.address + path,
            body,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]


@contextlib.contextmanager
def chromedriver() -> Iterator[str]:
    """Run chromedriver for as long as this lasts, and give its address.

    Raises:
        Misuse: if Chromium or its driver isn't installed.
    """
    if not (CHROMIUM and DRIVER):
        missing = "chromedriver" if CHROMIUM else "chromium"
        raise Misuse(f"{missing} isn't installed (Debian: chromium, chromium-driver).")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [DRIVER, f"--port={port}", "--silent"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/status", timeout=5).close()
                break
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
