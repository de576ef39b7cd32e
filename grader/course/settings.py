"""course: the settings and the introduction of a course, and the installed courses.

The settings are in the course's ``course.toml``; each has a default.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import fields

from grader.common.errors import Misuse
from grader.course.course_folder import is_copy, is_course, project_folder

if TYPE_CHECKING:
    from importlib.metadata import Distribution

SETTINGS = "course.toml"
# Courses that are installed as packages declare themselves under this name.
_ENTRY_POINTS = "grader.courses"
# An importable package may have this module, which reads data when it is imported.
_KEPT = "kept"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# The name of a package, its extras, and its versions.
_REQUIREMENT = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[\w,. -]+\])?"
    r"( *(===|[=~!<>]=|[<>]) *[\w.*+!-]+ *,?)*"
)
_MODULE = re.compile(r"lessons(\.[A-Za-z_]\w*)+")


def find_installed_courses() -> dict[str, Path]:
    """Return the courses that are installed beside the grader, by name."""
    if is_copy():
        project = project_folder()
        return {project.name: project} if is_course(project) else {}
    return dict(find_declared_courses(sys.path))


def find_declared_courses(path: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield the name and the folder of each course that a distribution declares.

    A distribution with an entry point in the group ``grader.courses`` contains a course
    in the folder of its ``course.toml``.

    Args:
        path: the folders to look for distributions in, as in `sys.path`.
    """
    # Imported here: within a course, nobody asks.
    import importlib.metadata

    for folder in path:
        # Reading the metadata of all distributions would take ten times as long.
        for declared in Path(folder).glob("*.dist-info/entry_points.txt"):
            if _ENTRY_POINTS in declared.read_text("utf-8", "replace"):
                yield from _courses_of(
                    importlib.metadata.Distribution.at(declared.parent)
                )


def _courses_of(distribution: Distribution) -> Iterator[tuple[str, Path]]:
    files = [one for one in distribution.files or () if one.name == SETTINGS]
    for entry in distribution.entry_points.select(group=_ENTRY_POINTS):
        for file in files:
            yield entry.name, Path(str(distribution.locate_file(file))).resolve().parent


class HouseRules(msgspec.Struct, frozen=True):
    """The rules of `dev.verify` that a course may change; 0 or false means no rule.

    Attributes:
        hints: the number of hints of an exercise.
        points: the sum of the points of a lesson.
        can_do: the number of lines that say what one can do after a lesson.
        minutes: whether a lesson states its minutes, and they fit its text.
        numbers: whether each number in a text is computed or has a source.
        output: whether the solution prints something when it is run.
        text_lines: the most lines of one text.
        text_width: the most characters in a line of a text.
    """

    hints: int = 3
    points: int = 100
    can_do: int = 3
    minutes: bool = True
    numbers: bool = True
    output: bool = True
    text_lines: int = 14
    text_width: int = 88


class CourseSettings(msgspec.Struct, frozen=True):
    """The settings of a course: its ``course.toml``.

    Attributes:
        title: the course's title; "" for the first heading of ``lessons/README.md``.
        command: the program that learners type, if the course brings its own.
        language: the language of the lessons' texts, as HTML names it.
        importable: the modules in ``lessons`` that an attempt may import.
        demo: the page that the command ``demo`` runs.
        requires: the packages that lessons import, as pip takes them.
        cover: a PNG file that the first page shows, or "".
        cover_alt: what that picture shows, in words.
        weights: the lessons that count more or less than 1 in a total.
        parts: the titles of the course's parts, each with the number of its first
            lesson.
        house_rules: what `dev.verify` requires of each lesson.
    """

    title: str = ""
    command: str = ""
    language: str = "en"
    importable: tuple[str, ...] = ("lessons.data",)
    demo: str = "lessons/demo.py"
    requires: tuple[str, ...] = ()
    cover: str = ""
    cover_alt: str = ""
    weights: dict[str, float] = {}
    parts: dict[str, int] = {}
    house_rules: HouseRules = HouseRules()


def read_settings(root: Path) -> CourseSettings:
    """Return the settings of a course.

    Raises:
        Misuse: its ``course.toml`` can't be read, or contains something invalid.
    """
    path = root / SETTINGS
    try:
        state = path.stat()
    except OSError:
        return CourseSettings()
    return _read(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=16)
def _read(path: Path, *_: int) -> CourseSettings:
    """Read a file of settings, cached by its path, modification time and size."""
    # Imported here: a course without settings doesn't need it.
    import tomllib

    try:
        text = path.read_bytes().decode("utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise Misuse(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise Misuse(f"{path} isn't UTF-8. Save it in that encoding.") from error
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path} isn't valid TOML: {error}.") from error
    if problem := _find_problem(table, path.parent):
        key, sentence = problem
        name = key.rpartition(".")[2]
        pattern = re.compile(rf"\s*(\[\s*)?[\"']?{re.escape(name)}[\"']?\s*[=\]]")
        lines = enumerate(text.splitlines(), 1)
        number = next((n for n, line in lines if pattern.match(line)), 0)
        where = f", line {number}" if number else ""
        raise Misuse(f"{path}{where}: {sentence}")
    return msgspec.convert(table, CourseSettings)


def _find_problem(table: Mapping[str, Any], root: Path) -> tuple[str, str] | None:
    """Return the key of the first invalid setting and what is wrong, or None."""
    for kind, values, prefix in (
        (CourseSettings, table, ""),
        (HouseRules, table.get("house_rules", {}), "house_rules."),
    ):
        types = {field.name: field.type for field in fields(kind)}
        for name, value in values.items() if isinstance(values, dict) else ():
            if name not in types:
                return prefix + name, _describe_unknown(prefix + name, prefix, types)
            if name == "house_rules" and isinstance(value, dict):
                continue  # its own settings come next
            try:
                msgspec.convert(value, types[name])
            except msgspec.ValidationError:
                return prefix + name, f"{prefix}{name} takes {_FORMS[name]}."
    settings = msgspec.convert(table, CourseSettings)
    if not _LANGUAGE.fullmatch(settings.language):
        return "language", f"language takes {_FORMS['language']}."
    for name in ("demo", "cover"):
        file = getattr(settings, name)
        if table.get(name) and not (root / file).is_file():
            return name, f"{name} is {file!r}, and there is no such file."
    for name in settings.importable if "importable" in table else ():
        if not _MODULE.fullmatch(name):
            return "importable", (
                "importable names modules in lessons/, such as lessons.data; a "
                f"lesson's imports= names libraries such as {name!r}."
            )
        if find_module(name, root) is None:
            place = name.replace(".", "/")
            return (
                "importable",
                f"importable has {name}, and there is no {place}.py or {place}/.",
            )
    for requirement in settings.requires:
        if not _REQUIREMENT.fullmatch(requirement):
            return (
                "requires",
                f"requires has {requirement!r}; it takes {_FORMS['requires']}.",
            )
    lessons = {path.name.split("_")[0] for path in root.glob("lessons/lesson[0-9]*_*")}
    for name, weight in settings.weights.items():
        if name not in lessons:
            there = ", ".join(sorted(lessons, key=lambda x: (len(x), x))) or "none"
            return name, f"weights has {name!r}; the lessons are {there}."
        if not 0 <= weight < float("inf"):
            return name, f"the weight of {name} is {weight}; it can't be below 0."
    return None


_COUNT = "a whole number, or 0 for no rule"
_SWITCH = "true or false"
_FORMS = {
    "title": 'text in quotes, as in title = "Statistics"',
    "command": 'the name of a program in quotes, as in command = "stats"',
    "language": 'the short name of a language, as in language = "en" or "pt-BR"',
    "importable": 'a list of modules in lessons/, as in importable = ["lessons.data"]',
    "demo": 'the path of a page in quotes, as in demo = "lessons/demo.py"',
    "requires": 'a list of packages, as in requires = ["pandas>=2", "scipy"]',
    "cover": 'the path of a PNG file in quotes, as in cover = "lessons/cover.png"',
    "cover_alt": "what the picture shows, in quotes",
    "parts": """the first lesson of each part, in a table [parts], as in "Data" = 1""",
    "weights": "a number for each lesson, in a table [weights], as in lesson1 = 2",
    "house_rules": "a table [house_rules] with settings such as hints = 2",
    **dict.fromkeys(("hints", "points", "can_do", "text_lines", "text_width"), _COUNT),
    **dict.fromkeys(("minutes", "numbers", "output"), _SWITCH),
}


def _describe_unknown(name: str, prefix: str, settings: Mapping[str, Any]) -> str:
    """Return a sentence about an unknown setting, with the one probably meant."""
    import difflib

    near = difflib.get_close_matches(name.removeprefix(prefix), settings, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    among = f" in [{prefix[:-1]}]" if prefix else ""
    keys = ", ".join(settings)
    return f"there is no setting {name!r}.{meant} The settings{among}: {keys}."


def find_modules_to_run(text: str, root: Path) -> list[str]:
    """Return the importable modules that a page mentions; they are imported first.

    A run may see the data that they read, and can't open the files. A grading may do
    neither.
    """
    modules = []
    for module in read_settings(root).importable:
        if module in text:
            reader = f"{module}.{_KEPT}"
            modules.append(reader if find_module(reader, root) else module)
    return modules


def find_module(name: str, root: Path) -> Path | None:
    """Return the file of a module in ``lessons``, or None if there is none.

    A folder without ``__init__.py`` is its own file, as for Python.
    """
    place = root.joinpath(*name.split("."))
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return place if place.is_dir() else None


class Introduction(msgspec.Struct, frozen=True):
    """The introduction at the top of a course's ``lessons/README.md``.

    Attributes:
        title: the course's title, or "".
        summary: its first paragraph, or "".
    """

    title: str = ""
    summary: str = ""


def read_introduction(root: Path) -> Introduction:
    """Return the introduction of a course; its settings may give another title."""
    title, text = read_settings(root).title, _read_first_page(root)
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return Introduction(
        title or _heading_of(text),
        next((part for part in paragraphs if part and part[0] not in "#|`"), ""),
    )


def _read_first_page(root: Path) -> str:
    try:
        return (root / "lessons" / "README.md").read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _heading_of(text: str) -> str:
    lines = text.splitlines()
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def describe_two_titles(root: Path) -> str:
    """Return what to change if a course has two titles, or ""."""
    title, heading = read_settings(root).title, _heading_of(_read_first_page(root))
    if not (title and heading) or title == heading:
        return ""
    return (
        f"the course has two titles: {title!r} in {SETTINGS}, which is shown, and "
        f"{heading!r} in lessons/README.md. Write the same title into both, or leave "
        f"it out of {SETTINGS}."
    )


def read_title(root: Path) -> str:
    """Return the course's title, or ""."""
    return read_introduction(root).title


def find_demo(root: Path) -> Path | None:
    """Return the page that the command ``demo`` runs, or None if there is none."""
    page = root / read_settings(root).demo
    return page if page.is_file() else None
