"""shots: screenshots of the pages in Chromium, and an animated GIF for README.

The pages are served from a folder of their own: nothing of yours is shown or changed.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

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
_CELL = f"[data-exercise='{_EXERCISE}']"
_CARD = f".card:has({_CELL})"
_SCRATCH = "#scratch"
# These have the solutions from the start: one is graded as a whole, one trains.
_FINISHED, _TRAINED, _TRAINS = "lesson6", "lesson8", "[data-exercise='8c']"
OnShot = Callable[[str], None]


class Scene(NamedTuple):
    """A page, what is done in it first, and the element to scroll to, if any."""

    name: str
    page: str
    prepare: Callable[[Browser], None] = lambda browser: None
    place: str = ""


def scenes(root: Path) -> list[Scene]:
    """Return what is photographed, in this order: the index shows what was done."""
    lessons = [lesson.short_name for lesson in catalog.lessons(root)]
    return [
        *(Scene(name, name) for name in lessons),
        Scene("wrong", _LESSON, lambda browser: _grade(browser, _WRONG), _CARD),
        Scene("right", _LESSON, lambda browser: _grade(browser, _RIGHT), _CARD),
        Scene("raised", _LESSON, _raise, _SCRATCH),
        Scene("slider", _FINISHED, _slide, ".slider"),
        Scene("training", _TRAINED, _train, f"{_TRAINS} .buttons"),
        Scene("end", _FINISHED, _finish, ".completed"),
        Scene("index", ""),
        Scene("search", "search?q=softmax"),
        Scene("not-found", "lesson99"),
    ]


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
    folder.mkdir(parents=True, exist_ok=True)
    with _open_browser(root) as (browser, door):
        for name, page, prepare, place in scenes(root):
            on_step(name)
            browser.go(door.root + page)
            prepare(browser)
            for width in WIDTHS:
                browser.resize(width, _HEIGHT)
                if beyond := browser.overflow():
                    problems.append(f"{name} is {beyond} pixels too wide at {width}.")
                if place:
                    browser.run(f'document.querySelector("{place}").scrollIntoView()')
                for scheme in SCHEMES:
                    browser.prefer(scheme)
                    path = folder / f"{name}-{width}-{scheme}.png"
                    path.write_bytes(browser.screenshot(is_whole=False))
                    written.append(path)
    return written, problems


def _grade(browser: Browser, text: str) -> None:
    _write(browser, _CELL, text)
    _press(browser, _CELL, "grade", "feedback")


def _raise(browser: Browser) -> None:
    _write(browser, _SCRATCH, _RAISES)
    _press(browser, _SCRATCH, "run", "shown")


def _train(browser: Browser) -> None:
    """Begin a training, and wait for its first curve; the page is left meanwhile."""
    button = f"{_TRAINS} [data-action=grade]"
    browser.run(f'document.querySelector("{button}").click()')
    browser.wait_for(f'document.querySelector("{_TRAINS} .curve polyline")')


def _slide(browser: Browser) -> None:
    browser.run(
        "[...document.querySelectorAll('section.code')]"
        ".find((cell) => cell.querySelector('textarea').value.includes('slider('))"
        ".querySelector('[data-action=run]').click()"
    )
    browser.wait_for("document.querySelector('.slider')")
    browser.run(
        "const input = document.querySelector('.slider input'); input.value = 2;"
        "input.dispatchEvent(new Event('input', {bubbles: true}))"
    )


def _finish(browser: Browser) -> None:
    browser.run("document.querySelector('[data-command=grade]').click()")
    browser.wait_for("document.querySelector('.completed')")


def _write(browser: Browser, cell: str, text: str) -> None:
    browser.run(
        f'const area = document.querySelector("{cell} textarea");'
        "area.focus(); area.select();"
        f"document.execCommand('insertText', false, {json.dumps(text)})"
    )


def _press(browser: Browser, cell: str, action: str, place: str) -> None:
    """Press a button of the cell and wait for what it shows."""
    shown = f'document.querySelector("{cell} .{place}")'
    browser.run(f"{shown}.replaceChildren()")
    browser.run(f'document.querySelector("{cell} [data-action={action}]").click()')
    browser.wait_for(f"!document.querySelector('.busy') && {shown}.innerText")


@contextlib.contextmanager
def _open_browser(root: Path) -> Iterator[tuple[Browser, ServerAddress]]:
    """Serve the course's lessons, two of them with solutions, and open a browser.

    Raises:
        Misuse: if Chromium or its driver isn't installed.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        course = Path(made) / "course"
        course.mkdir()
        for part in ("lessons", "solutions", "course.toml"):
            (course / part).symlink_to(root / part)
        (course / "attempts").mkdir()
        for name in (_FINISHED, _TRAINED):
            (solved,) = (root / "solutions").glob(f"{name}_*.py")
            shutil.copy(solved, course / "attempts")
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
            place = f'document.querySelector("{_CELL}")'
            browser.run(f"{place}.scrollIntoView(); scrollBy(0, -110)")
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
