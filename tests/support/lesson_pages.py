"""This course's lessons, served for a browser, and what a learner does in their pages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browsers import PHONE, SCREEN, wait_for
from tests.support.project import ROOT
from tools.shots.browser import Browser

SERVE = "import sys; from pathlib import Path; from grader.web.http_server import serve; serve(Path(sys.argv[1]), int(sys.argv[2]), print, False)"
WRONG, RIGHT = (
    f"def softmax(z):\n    e = np.exp(z)\n    return e / e.sum(axis={axis})\n"
    for axis in ("0", "-1, keepdims=True")
)
ANNOUNCED = """
window.announced = [];
new MutationObserver((changes) => changes.forEach(({target, addedNodes}) => {
  const place = target.nodeType === 1 ? target : target.parentElement;
  const live = place?.closest('[aria-live], [role=status], [role=alert]');
  if (live && !place.closest('[aria-hidden=true]')) window.announced.push(live.innerText);
})).observe(document.body, {subtree: true, childList: true, characterData: true});
"""


class Lessons:
    """A course that is served, and the address for its browser."""

    def __init__(self, root: Path, address: str) -> None:
        self.root, self.address = root, address

    def file(self, name: str) -> str:
        path = self.root / "attempts" / f"{name}.py"
        return path.read_text() if path.exists() else ""


class LessonsProcess(Lessons):
    """A course whose server can be stopped and killed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, "")
        # Not the usual one, which another course may take while this one is killed.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-u", "-c", SERVE, str(self.root), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().decode().strip()
        assert self.address, f"nothing is served at {self.port}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


in_a_process = pytest.mark.parametrize("lessons", [True], indirect=True, ids=["apart"])


@pytest.fixture
def lessons(
    request: pytest.FixtureRequest, tmp_path: Path, share_pool: None
) -> Iterator[Lessons]:
    for part in ("lessons", "solutions"):
        (tmp_path / part).symlink_to(ROOT / part)
    if getattr(request, "param", False):
        apart = LessonsProcess(tmp_path)
        yield apart
        apart.kill()
    else:
        # Imported only now, because it imports much.
        from tests.support.served_course import serve

        with serve(tmp_path) as client:
            yield Lessons(tmp_path, client.door.at(""))


@pytest.fixture(params=[SCREEN, PHONE], ids=str)
def browser(request: pytest.FixtureRequest) -> Browser:
    """An empty browser, which has the key of the lessons if the test serves them."""
    width, scheme = request.param
    # The server first, and so it ends last: it waits for open pages.
    has_lessons = "lessons" in request.fixturenames
    served = request.getfixturevalue("lessons") if has_lessons else None
    opened: Browser = request.getfixturevalue("open_browser")(width)
    opened.prefer(scheme)
    if served:
        let_in(opened, served)
    return opened


def let_in(browser: Browser, lessons: Lessons) -> None:
    """Give a browser the key, as the first page does, which takes it longer."""
    root, _, key = lessons.address.partition("?key=")
    port = urllib.parse.urlsplit(root).port
    browser.set_cookie(root, f"key_{port}", key)


def write(browser: Browser, tag: str, text: str) -> None:
    """Type a text into the cell of an exercise, over what stands there."""
    browser.run(
        f"const a = document.querySelector('[data-exercise=\"{tag}\"] textarea');"
        f"a.focus(); a.select(); document.execCommand('insertText', false, {json.dumps(text)})"
    )


def press(browser: Browser, tag: str, action: str) -> str:
    """Press a button of an exercise; what is said then in the place for it."""
    place = {"grade": "feedback", "run": "shown"}.get(action, "help")
    cell = f'[data-exercise="{tag}"]'
    browser.run(f"document.querySelector('{cell} .{place}').replaceChildren()")
    button = f"{cell} [data-action={action}]"
    # The driver scrolls it under what stays at the top of the page.
    browser.run(
        f"document.querySelector('{button}').scrollIntoView({{block: 'center'}})"
    )
    browser.click(button)
    said = f"return document.querySelector('{cell} .{place}').innerText"
    done = f"return !document.querySelector('.busy') && ({said[7:]}) !== ''"
    wait_for(lambda: browser.run(done))
    return str(browser.run(said))


def status(browser: Browser) -> str:
    return str(browser.run("return document.querySelector('#saved').innerText"))
