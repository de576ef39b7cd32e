"""shots: pictures of the pages as Chromium draws them, and a moving one for README.

The pages are served from a folder of their own: nothing of yours is shown or changed.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from grader.document import catalog
from grader.errors import Misuse
from grader.web.app import make_app
from grader.web.http_server import ServerAddress, configure, listen_locally
from tools.shots.browser import CHROMIUM, DRIVER, Browser, chromedriver

WIDTHS = (390, 820, 1280, 1920)
SCHEMES = ("light", "dark")
_HEIGHT = 900
_LESSON, _EXERCISE = "lesson3", "3c"
_WRONG = "def softmax(z):\n    e = np.exp(z)\n    return e / e.sum()"
_RIGHT = _WRONG.replace("e.sum()", "e.sum(axis=-1, keepdims=True)")
_RAISES = f"{_WRONG}\n\n\ndef half(z):\n    return softmax(z) / 2\n\n\nhalf('z')"
# By how many pixels a page's widest element exceeds the window.
_TOO_WIDE = (
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
)
_CELL = f"document.querySelector('[data-exercise=\"{_EXERCISE}\"]')"
OnShot = Callable[[str], None]


def take(root: Path, folder: Path, on_step: OnShot) -> tuple[list[Path], list[str]]:
    """Take pictures of the pages in every width, light and dark.

    Args:
        root: the course.
        folder: where they are written.
        on_step: called with what is done.

    Returns:
        The files, and a sentence for each page that is wider than its window.

    Raises:
        Misuse: Chromium isn't installed.
    """
    written: list[Path] = []
    problems: list[str] = []
    with _opened(root) as (browser, door):
        _work(browser, door, on_step)
        lessons = [lesson.short_name for lesson in catalog.lessons(root)]
        pages = {"overview": "", "search": "search?q=softmax"}
        pages |= {name: name for name in lessons}
        for name, page in pages.items():
            on_step(name)
            browser.go(door.at("").partition("?")[0] + page)
            for width in WIDTHS:
                browser.resize(width, _HEIGHT)
                beyond = browser.run(_TOO_WIDE)
                if beyond:
                    problems.append(f"{name} is {beyond} pixels too wide at {width}.")
                if name == _LESSON:
                    browser.run(f"{_CELL}.scrollIntoView()")
                for scheme in SCHEMES:
                    browser.prefer(scheme)
                    path = folder / f"{name}-{width}-{scheme}.png"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(browser.screenshot(is_whole=False))
                    written.append(path)
    return written, problems


def _work(browser: Browser, door: ServerAddress, on_step: OnShot) -> None:
    """Do something in the lesson that is shown: a mistake, an error, a scratch cell."""
    on_step(f"working on {_EXERCISE}")
    browser.go(door.at(_LESSON))
    _write(browser, _WRONG)
    _press(browser, "grade", "feedback")
    _write(browser, _RAISES)
    _press(browser, "run", "shown")


def _write(browser: Browser, text: str) -> None:
    browser.run(
        f"const area = {_CELL}.querySelector('textarea'); area.focus(); area.select();"
        f"document.execCommand('insertText', false, {json.dumps(text)})"
    )


def _press(browser: Browser, action: str, place: str) -> None:
    """Press a button of the cell and wait for what it shows."""
    browser.run(f"{_CELL}.querySelector('.{place}').replaceChildren()")
    browser.run(f"{_CELL}.querySelector('[data-action={action}]').click()")
    shown = f"{_CELL}.querySelector('.{place}').innerText"
    browser.wait_for(f"!document.querySelector('.busy') && {shown}")


@contextlib.contextmanager
def _opened(root: Path) -> Iterator[tuple[Browser, ServerAddress]]:
    """Serve the course's lessons, with no attempts yet, and open a browser.

    Raises:
        Misuse: Chromium isn't installed.
    """
    if not (CHROMIUM and DRIVER):
        raise Misuse(
            "This needs chromium and chromedriver (Debian: chromium, chromium-driver)."
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        course = Path(made) / "course"
        course.mkdir()
        for part in ("lessons", "solutions"):
            (course / part).symlink_to(root / part)
        with _served(course) as door, chromedriver() as address:
            browser = Browser(address, WIDTHS[2], Path(made) / "profile", _HEIGHT)
            browser.prefer(SCHEMES[0])
            browser.go(door.address)
            yield browser, door
            browser.close()


@contextlib.contextmanager
def _served(course: Path) -> Iterator[ServerAddress]:
    listening, door = listen_locally(course, 0)
    app = make_app(course, door.hosts, door.key, "")
    server = uvicorn.Server(configure(app, "critical"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield door
    finally:
        server.should_exit = True
        thread.join()


MOVIE = Path("docs") / "browser.gif"
_SIZE = (760, 620)
# How long each picture stays, in ms.
_BRIEFLY, _TO_READ = 900, 4_000
_COLOURS = 48
_SHOWN_TWICE = 1


def film(root: Path, path: Path, on_step: OnShot) -> int:
    """Write a moving picture: a mistake, its sentence, and the same exercise fixed.

    Args:
        root: the course.
        path: the GIF file.
        on_step: called with what is done.

    Returns:
        How many pictures it has.

    Raises:
        Misuse: Chromium isn't installed.
    """
    from PIL import Image

    seen: list[tuple[bytes, int]] = []
    with _opened(root) as (browser, door):
        browser.go(door.at(_LESSON))
        browser.resize(*_SIZE)  # a page that is opened has the first size again

        def show(ms: int) -> None:
            browser.run(f"{_CELL}.scrollIntoView(); scrollBy(0, -110)")
            seen.append((browser.screenshot(is_whole=False), ms))

        for text in (_WRONG, _RIGHT):
            on_step("writing")
            lines = text.splitlines()
            for count in range(1 if text == _WRONG else len(lines), len(lines) + 1):
                _write(browser, "\n".join(lines[:count]))
                show(_BRIEFLY)
            on_step("grading")
            _press(browser, "grade", "feedback")
            show(_TO_READ)
    frames = [Image.open(io.BytesIO(png)).convert("RGB") for png, _ in seen]
    frames = [frame.quantize(_COLOURS) for frame in frames]
    path.parent.mkdir(parents=True, exist_ok=True)
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=[ms for _, ms in seen],
        loop=_SHOWN_TWICE,
        optimize=True,
    )
    return len(frames)
