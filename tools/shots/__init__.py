"""shots: screenshots of the pages in Chromium, and an animated GIF for README.

The pages are served from a folder of their own: nothing of yours is shown or changed.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.course.document import catalog
from grader.web.app import make_app
from grader.web.http_server import ServerAddress, listen_locally
from tools.shots.browser import Browser, chromedriver
from tools.shots.serving import served

WIDTHS = (390, 820, 1280, 1920)
SCHEMES = ("light", "dark")
_HEIGHT = 900
_LESSON, _EXERCISE = "lesson3", "3c"
_WRONG = "def softmax(z):\n    e = np.exp(z)\n    return e / e.sum()"
_RIGHT = _WRONG.replace("e.sum()", "e.sum(axis=-1, keepdims=True)")
_RAISES = "def half(z):\n    return softmax(z) / 2\n\n\nhalf('z')"
_CELL = f"document.querySelector('[data-exercise=\"{_EXERCISE}\"]')"
_SCRATCH = "document.querySelector('#scratch')"
OnShot = Callable[[str], None]


def take(root: Path, folder: Path, on_step: OnShot) -> tuple[list[Path], list[str]]:
    """Take screenshots of the pages in every width, light and dark.

    Args:
        root: the course.
        folder: where they are written.
        on_step: called with what is done.

    Returns:
        The files, and a sentence for each page that is wider than its window.

    Raises:
        Misuse: if Chromium or its driver isn't installed.
    """
    written: list[Path] = []
    problems: list[str] = []
    lessons = [lesson.short_name for lesson in catalog.lessons(root)]
    # The overview comes after the work, to show its score.
    pages = {name: name for name in lessons}
    pages |= {"scratch": _LESSON, "overview": "", "search": "search?q=softmax"}
    places = {_LESSON: _CELL, "scratch": _SCRATCH}
    folder.mkdir(parents=True, exist_ok=True)
    with _open_browser(root) as (browser, door):
        for name, page in pages.items():
            on_step(name)
            browser.go(door.root + page)
            if name == _LESSON:
                _work(browser)
            for width in WIDTHS:
                browser.resize(width, _HEIGHT)
                if beyond := browser.overflow():
                    problems.append(f"{name} is {beyond} pixels too wide at {width}.")
                if name in places:
                    browser.run(f"{places[name]}.scrollIntoView()")
                for scheme in SCHEMES:
                    browser.prefer(scheme)
                    path = folder / f"{name}-{width}-{scheme}.png"
                    path.write_bytes(browser.screenshot(is_whole=False))
                    written.append(path)
    return written, problems


def _work(browser: Browser) -> None:
    """Grade a wrong answer, and run a scratch cell that raises."""
    _write(browser, _CELL, _WRONG)
    _press(browser, _CELL, "grade", "feedback")
    _write(browser, _SCRATCH, _RAISES)
    _press(browser, _SCRATCH, "run", "shown")


def _write(browser: Browser, cell: str, text: str) -> None:
    browser.run(
        f"const area = {cell}.querySelector('textarea'); area.focus(); area.select();"
        f"document.execCommand('insertText', false, {json.dumps(text)})"
    )


def _press(browser: Browser, cell: str, action: str, place: str) -> None:
    """Press a button of the cell and wait for what it shows."""
    browser.run(f"{cell}.querySelector('.{place}').replaceChildren()")
    browser.run(f"{cell}.querySelector('[data-action={action}]').click()")
    shown = f"{cell}.querySelector('.{place}').innerText"
    browser.wait_for(f"!document.querySelector('.busy') && {shown}")


@contextlib.contextmanager
def _open_browser(root: Path) -> Iterator[tuple[Browser, ServerAddress]]:
    """Serve the course's lessons, with no attempts yet, and open a browser.

    Raises:
        Misuse: if Chromium or its driver isn't installed.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        course = Path(made) / "course"
        course.mkdir()
        for part in ("lessons", "solutions", "course.toml"):
            (course / part).symlink_to(root / part)
        listening, door = listen_locally(course, 0)
        app = make_app(course, door.hosts, door.key, "")
        profile = Path(made) / "profile"
        with (
            served(app, listening),
            chromedriver() as address,
            contextlib.closing(
                Browser(address, WIDTHS[2], profile, _HEIGHT)
            ) as browser,
        ):
            browser.prefer(SCHEMES[0])
            browser.go(door.address)
            yield browser, door


GIF = Path("docs") / "browser.gif"
_SIZE = (760, 620)
# How long each frame is shown, in ms.
_BRIEFLY, _TO_READ = 900, 4_000
_COLOURS = 48
_SHOWN_TWICE = 1


def animate(root: Path, path: Path, on_step: OnShot) -> int:
    """Write an animated GIF: a mistake, its sentence, and the same exercise fixed.

    Args:
        root: the course.
        path: the GIF file.
        on_step: called with what is done.

    Returns:
        How many frames it has.

    Raises:
        Misuse: if Chromium or its driver isn't installed.
    """
    from PIL import Image

    seen: list[tuple[bytes, int]] = []
    with _open_browser(root) as (browser, door):
        browser.go(door.root + _LESSON)
        browser.resize(*_SIZE)  # a page that is opened has the first size again

        def show(ms: int) -> None:
            browser.run(f"{_CELL}.scrollIntoView(); scrollBy(0, -110)")
            seen.append((browser.screenshot(is_whole=False), ms))

        for text in (_WRONG, _RIGHT):
            on_step("writing")
            lines = text.splitlines()
            for count in range(1 if text == _WRONG else len(lines), len(lines) + 1):
                _write(browser, _CELL, "\n".join(lines[:count]))
                show(_BRIEFLY)
            on_step("grading")
            _press(browser, _CELL, "grade", "feedback")
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
