"""Draw pages of random markup, and see that each is drawn soon and is harmless.

    uv run python -m tools.fuzz.pages [COUNT] [SEED]

Each page has up to 200 kB. It is read, drawn for its learner and for the instructor,
and made a notebook of. Said is the longest time; exit code 1 where something raised
what no page is told of, a page took longer than its bound, or markup came through.
"""

from __future__ import annotations

import contextlib
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from grader import judge
from grader.classroom.workshop.progress import ExerciseProgress, find_written
from grader.classroom.workshop.room_pages import member_page
from grader.classroom.workshop.room_state import Member
from grader.common.errors import GraderError
from grader.course.document import catalog
from grader.course.document.source import Unreadable
from grader.web import pages, take_home
from grader.web.page_store import Attempts

ROOT = Path(__file__).parents[2]
COUNT, LARGEST = 3_000, 200_000
# Of CPU time, for each of the three.
MOST_S = 0.2
# A machine that is busy with others may take longer, and not each time.
TRIES = 3
PIECES = (
    *("[", "]", "(", ")", "*", "_", "`", "``", "```", "~~~", "~~", "<", ">", "$", "$$"),
    *("\\", "\\(", "\\[", "\\frac{", "{", "}", "|", "||", "|-", "|a", "|-|-\n", "!", "#"),
    *("# h\n", "> ", ">", "- ", "- a\n", "1. ", "1)\n", "+\n", "* * *\n", "=\n", "---\n"),
    *("[a](", "![a](", "![[", "[[]", "[]()", "[a]: b\n", "[a][b]", "](", "[](", "[a\n"),
    *("<a", "</", "<!--", "-->", "<?", "<![CDATA[", "<div>\n", "<details>", "<summary>"),
    *("<script>", "<img src=x onerror=alert(1)>", "<a href='", '<a b="', "</details>"),
    *("&", "&amp;", "&#", "&#x0;", "http://", "<http://a>", "a@b", "javascript:"),
    *("$a", "$a$ ", "$x_i$", "$a^", "$sum_", "$(", "$|", "/", "sqrt(", "exp(", "d ", "= "),
    *("a", "b ", "word ", " ", "  ", "    ", "\t", "\n", "\n\n", "\r", "\r\n", "  \n"),
    *("é", "…", "\u2028", "\x0b", "\x0c", "\x00", "\x1b[2J", "\ufeff", "😀", "𝑥", "\u202e"),
    *('"', "'", '"""', 'f"', 'f"{', "{a:", '"\\N{', '"%(', "@", "0x", "1e", "1_", "a."),
    *("lambda:", "def f():\n", "if x:\n", "import a.", "from . ", "class ", "x = 1\n"),
    *("    $a$", "```python\n", "<pre>\n", "<details>\n\n", "| a | b |\n|---|---|\n"),
)  # fmt: skip
HEADS = (
    *("# %% [markdown]\n", "# %% [markdown]\n", "# %%\n", '# %% id="3e"\n'),
    *('# %% id="3a" reveals="3b"\n', "# %% [markdown] ## 3a\n"),
)
TAGS = {
    "aside",
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "body",
        "header",
        "nav",
        "main",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre"),
    *("dl", "dt", "dd", "kbd"),
    *(
        "code",
        "em",
        "strong",
        "b",
        "a",
        "hr",
        "br",
        "div",
        "span",
        "section",
        "details",
    ),
    *("summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "textarea"),
    *(
        "button",
        "form",
        "select",
        "option",
        "input",
        "label",
        "math",
        "mrow",
        "mi",
        "mn",
    ),
    *("mo", "mtext", "mspace", "mfrac", "msub", "msup", "msubsup", "munder", "mover"),
    *("munderover", "msqrt"),
}


class Harmless(HTMLParser):
    """Looks for what no text may bring into a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag not in TAGS:
            self.found.add(tag)
        self.found |= {name for name in facts if name.startswith("on")}
        if tag == "script" and not (facts.get("src") or "").startswith("/static/"):
            self.found.add("a script of its own")
        place = (facts.get("href") or "").strip().lower()
        if place.startswith(("javascript:", "vbscript:", "data:text")):
            self.found.add(place)


def made(rng: random.Random) -> bytes:
    """Return a page of some cells, each of a few pieces over and over or mixed."""
    size, text = int(10 ** rng.uniform(1, 5.3)), ""
    longest = int(10 ** rng.uniform(1, 5.3))
    while len(text) < size:
        text += rng.choice(HEADS) + _cell(rng, min(longest, size - len(text)))
    return text[:LARGEST].encode()


def _cell(rng: random.Random, size: int) -> str:
    pieces = rng.choices(PIECES, k=rng.choice((1, 1, 2, 3, 8, 40)))
    if rng.random() < 0.5:
        inside = "".join(pieces) * (size // len("".join(pieces)) + 1)
    else:
        inside = "".join(rng.choices(pieces, k=size // 2 + 1))
    body = inside[:size]
    # Written as a comment a text is set; else each line is taken as it is.
    return re.sub("(?m)^", "# ", body) + "\n" if rng.random() < 0.7 else body + "\n"


class PageFuzz:
    """Draws pages of one lesson in a folder."""

    def __init__(self, folder: Path) -> None:
        self.lessons = catalog.lessons(ROOT)
        self.lesson = catalog.find("lesson3", ROOT)
        self.exercises = judge.exercises(self.lesson)
        self.attempts = Attempts(folder)
        self.member = Member("ada", "Ada")

    def draw(self, content: bytes) -> dict[str, float]:
        """Return the CPU seconds that each way to show a page takes.

        Raises:
            AssertionError: something that no text may bring came through.
        """
        self.attempts.path(self.lesson).write_bytes(content)
        ways = (self._of_learner, self._of_instructor, self._notebook)
        return {way.__name__: timed(way) for way in ways}

    def _of_learner(self) -> None:
        page = self.attempts.page(self.lesson)
        shown = pages.LessonPage(self.lesson, self.lessons, page, self.exercises, None)
        look(pages.lesson_page(shown))

    def _of_instructor(self) -> None:
        written = find_written(self.attempts, self.lesson)
        standings = [ExerciseProgress() for _ in self.exercises]
        who, others = self.member, dict[str, str]()
        what = self.lesson, self.exercises, standings
        look(member_page(who, others, *what, written, None))

    def _notebook(self) -> None:
        name = f"{self.lesson.name}.ipynb"
        take_home.make(name, ROOT, self.attempts, None)  # type: ignore[arg-type]


_spent_s = 0.0


def look(page: bytes) -> None:
    """See that a page is harmless; the time that this takes does not count."""
    global _spent_s
    began = time.process_time()
    seen = Harmless()
    seen.feed(page.decode())
    assert not seen.found, seen.found
    _spent_s += time.process_time() - began


def timed(way: Callable[[], None]) -> float:
    """Return the CPU seconds of one way; an error in words is an answer, too."""
    global _spent_s
    _spent_s, began = 0.0, time.process_time()
    with contextlib.suppress(GraderError, Unreadable):
        way()
    return time.process_time() - began - _spent_s


def main(count: int = COUNT, seed: int = 20_261_128) -> int:
    """Draw so many pages."""
    failed, worst = 0, (0.0, "", 0)
    with tempfile.TemporaryDirectory() as folder:
        fuzz = PageFuzz(Path(folder))
        fuzz.draw(made(random.Random(seed)))  # imports what it needs
        for number in range(count):
            content = made(random.Random(seed + number))
            try:
                took = fuzz.draw(content)
                for _ in range(TRIES - 1):
                    if max(took.values()) > MOST_S:
                        again = fuzz.draw(content)
                        took = {way: min(took[way], again[way]) for way in took}
            except Exception as error:  # what a page is not told of
                failed += 1
                print(f"page {seed + number}: {type(error).__name__}: {error}"[:300])
                continue
            way, slowest = max(took.items(), key=lambda one: one[1])
            worst = max(worst, (slowest, way, seed + number))
            if slowest > MOST_S:
                failed += 1
                print(f"page {seed + number}: {slowest:.2f} s, {way}")
    print(f"{count:,} pages; the longest {worst[0]:.3f} s, {worst[1]} of {worst[2]}")
    print(f"{failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
