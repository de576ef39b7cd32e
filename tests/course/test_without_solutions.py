"""A copy of the course without its solutions is read and run, and not graded."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.notebooks import run_cells
from tests.support.project import ROOT

LESSON = "lesson3_cross_entropy"
XENT = (
    *(sys.executable, "-c"),
    "from grader.cli.program import main; raise SystemExit(main())",
)
SENTENCE = "This copy of the course has no folder solutions, which grading needs. You can read and run lessons here, but not grade them or see solutions."
WORKING = (
    *(("start", "lesson3"), ("read", "lesson3"), ("run", "lesson3")),
    *(("hint", "3", "--exercise", "3b"), ("overview", "3"), (), ("reset", "lesson3")),
    ("start", "lesson3", "--notebook"),
)
REFUSED = (
    *(("grade", "lesson3"), ("solution", "3", "--exercise", "3b")),
    *(("class.grade", "handed_in"), ("dev.verify",), ("dev.build",)),
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for part in (LESSON, "data"):
        left_out = shutil.ignore_patterns("__pycache__", "mnist.npz")
        shutil.copytree(
            ROOT / "lessons" / part, tmp_path / "lessons" / part, ignore=left_out
        )
    (tmp_path / "lessons/data/mnist.npz").symlink_to(ROOT / "lessons/data/mnist.npz")
    (tmp_path / "handed_in/ada").mkdir(parents=True)
    page = tmp_path / "lessons" / LESSON / "lesson.py"
    shutil.copy(page, tmp_path / "handed_in/ada" / f"{LESSON}.py")
    return tmp_path


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "400"}


def run(course: Path, *words: str) -> tuple[int, str]:
    """The exit code, and what was said, without the ends of its lines."""
    done = subprocess.run(
        [*XENT, *words], cwd=course, env=environment(), capture_output=True, text=True
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.slow
def test_it_is_read_and_run(course: Path) -> None:
    for words in WORKING:
        code, text = run(course, *words)
        assert (code, "Traceback" in text) == (0, False), (words, text)
    assert (course / "attempts" / f"{LESSON}.ipynb").is_file()


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: words[0])
def test_what_needs_the_solutions_says_so_in_a_sentence(
    course: Path, words: tuple[str, ...]
) -> None:
    code, text = run(course, *words)
    assert code == 2, text
    assert text.count(SENTENCE) == 1
    assert "Traceback" not in text


def test_a_hint_promises_no_further_one(course: Path) -> None:
    code, text = run(course, "hint", "3", "--exercise", "3b")
    assert (code, "3b hint 1 of 3" in text, SENTENCE in text) == (0, True, True)
    assert "graded attempt" not in text


@pytest.mark.slow
def test_the_page_in_a_browser_is_read_and_run(course: Path) -> None:
    words = [*XENT, "serve", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        words, cwd=course, env=environment(), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = next(x.strip() for x in server.stdout if "http://" in x)
            browser = urllib.request.build_opener(
                urllib.request.HTTPCookieProcessor(CookieJar())
            )
            browser.open(address).close()
            at = urlsplit(address)
            browser.addheaders = [
                ("Origin", f"http://{at.netloc}"),
                ("X-Lesson", "1"),
            ]

            def ask(path: str, **what: object) -> tuple[int, str]:
                body = json.dumps(what).encode() if what else None
                try:
                    with browser.open(f"http://{at.netloc}/{path}", body) as answer:
                        return answer.status, answer.read().decode()
                except urllib.error.HTTPError as error:
                    return error.code, error.read().decode()

            status, page = ask("lesson3")
            assert (status, "Find the bug: softmax of one row" in page) == (200, True)
            cells = json.loads(ask("lesson3/cells")[1])["cells"]
            line = min(cell["line"] for cell in cells.values())
            assert ask("lesson3/run", line=line)[0] == 200
            for path in ("grade", "solution"):
                status, text = ask(f"lesson3/{path}", exercise="3b")
                assert (status, SENTENCE in text) == (409, True), text
        finally:
            server.terminate()


@pytest.mark.slow
def test_a_notebook_says_so_in_its_cell(course: Path) -> None:
    assert run(course, "start", "lesson3", "--notebook")[0] == 0
    sources = ("%load_ext grader", "%grade 3b", "%solution 3b", "%hint 3b")
    cells = run_cells(sources, course / "attempts")
    shown = [
        [one["data"]["text/plain"] for one in cell.outputs if "data" in one][-1:]
        for cell in cells
    ]
    assert shown[1:3] == [[SENTENCE], [SENTENCE]]
    assert SENTENCE in shown[3][0]


@pytest.mark.slow
def test_the_notebook_opens_in_jupyterlab(course: Path) -> None:
    settings = {"ServerApp": {"allow_root": True}}
    (course / "jupyter_server_config.json").write_text(json.dumps(settings))
    with subprocess.Popen(
        [*XENT, "lab", "lesson3", "--no-browser"],
        cwd=course,
        env=environment() | {"JUPYTER_CONFIG_DIR": str(course)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as lab:
        try:
            assert lab.stdout is not None
            addresses = (re.search(r"http://\S+lesson3\S+", x) for x in lab.stdout)
            assert next(filter(None, addresses), None)
        finally:
            os.killpg(lab.pid, signal.SIGKILL)
    assert (course / "attempts" / f"{LESSON}.ipynb").is_file()
