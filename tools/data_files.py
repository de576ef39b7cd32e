"""data_files: write the pages about CSV and JSON files, from the code.

A column has its meaning beside its name, and a field of a record in the docstring.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from grader.authoring.reference import entries_of, on_one_line, split_docstring
from grader.classroom import comments, overrides, roster
from grader.classroom.due_dates import DueDates
from grader.classroom.export import canvas, gradescope, moodle, plain_files
from grader.classroom.workshop import membership, room_pages
from grader.report import Outcome, Report
from tools.bench.measurements import Measurement, Measurements

CSV_PAGE, JSON_PAGE = "csv.md", "json.md"
_FROM_CODE = "`dev.build` writes this page from the code."
_CSV_HEAD = f"""\
# CSV files

Every column that the commands write or read. {_FROM_CODE}
[Exports](exports.md) and [submissions](submissions.md) say what the files are for.

What is written is in UTF-8. A cell that a spreadsheet would run as a formula gets an
apostrophe in front, which is removed where such a file is read.
"""
_JSON_HEAD = f"""\
# JSON files

Every field that the commands write or read. {_FROM_CODE}
Fields may be added, so ignore names that you don't know. `schema_version` changes if a
field changes its meaning or is removed.
"""
_REPORT = """\
## The report

`uv run invoke grade lesson3 --json out.json` writes the report of a grading; `--json -`
prints it. The gradebook stores the same text. A learner's gradings before the last 200
keep only the outcomes and the named mistakes.
"""
# The words for what JSON Schema calls a type.
_WORDS = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "object",
    "string": "text",
}


class CsvFile(NamedTuple):
    """The columns of a CSV file.

    Attributes:
        title: the name of the file.
        opening: what it is.
        columns: their meanings, by their names.
    """

    title: str
    opening: str
    columns: Mapping[str, str]


def _roster_columns() -> Iterator[tuple[str, str]]:
    for column in (*roster.COLUMNS.values(), roster.FIRST, roster.LAST):
        yield "`, `".join(column.headings), column.meaning
    yield from roster.OTHERS.items()


_OF_A_LESSON = plain_files.HANDED_IN | plain_files.WORKED
_STATES = ", ".join(f"`{word}`" for word in room_pages.WORDS.values())
_OF_A_ROOM = ", ".join(f"`{heading}`" for heading, _ in membership.COLUMNS)
# The files that are written or read.
TABLES = (
    CsvFile(
        "scores.csv",
        "Written by `class.export --to csv`: a row for each learner, and a last one "
        "with the points possible.",
        plain_files.WHO
        | {"lesson3": "the score to hand over, for each lesson; empty for none"}
        | plain_files.TOTALS
        | {f"lesson3 {name}": words for name, words in _OF_A_LESSON.items()},
    ),
    CsvFile(
        "exercises.csv",
        "Written by `class.export --to csv`: a row for each exercise of each learner.",
        plain_files.EXERCISE_COLUMNS,
    ),
    CsvFile(
        "canvas.csv",
        "Written by `class.export --to canvas`, for Canvas's *Import*. The second row "
        "has the points possible.",
        canvas.WHO
        | {
            "Lesson 3: Title": "the score, for each lesson, under the name of its "
            "assignment; empty for none"
        },
    ),
    CsvFile(
        "moodle-lesson3.csv",
        "Written by `class.export --to moodle`, as Moodle's grading worksheet. With "
        "`--worksheet` it has the columns of that file, in its language.",
        moodle.COLUMNS,
    ),
    CsvFile(
        "class.csv",
        "The table on the instructor's page of a room.",
        room_pages.CLASS_COLUMNS | {"3a": f"for each exercise: {_STATES}"},
    ),
    CsvFile(
        "roster.csv",
        "Read from a folder of submissions, or from where `--roster` says. Headings "
        "may be in capitals, and other columns are ignored. A room "
        f"writes {_OF_A_ROOM}.",
        dict(_roster_columns()),
    ),
    CsvFile(
        "overrides.csv",
        "Read from a folder of submissions: points by hand.",
        overrides.COLUMNS,
    ),
    CsvFile(
        "comments.csv",
        "Read from a folder of submissions: comments by hand. A room's page adds rows.",
        comments.COLUMNS,
    ),
)


def write_csv_page() -> str:
    """Return the page about CSV files in Markdown."""
    parts = (
        f"## {one.title}\n\n{one.opening}\n\n{_rows('column', one.columns.items())}\n"
        for one in TABLES
    )
    return "\n".join([_CSV_HEAD, *parts])


def _rows(kind: str, columns: Iterable[tuple[str, str]]) -> str:
    rows = (f"| `{name}` | {on_one_line(meaning)} |" for name, meaning in columns)
    return "\n".join([f"| {kind} | meaning |", "|---|---|", *rows])


def write_json_page() -> str:
    """Return the page about JSON files in Markdown.

    Raises:
        KeyError: if a field has no description.
    """
    computed = {
        "Report": {name: getattr(Report, name) for name in ("score", "points")},
        "Measurement": {x: getattr(Measurement, x) for x in ("ratio", "is_met")},
    }
    parts = [
        _JSON_HEAD,
        _REPORT,
        *_records(Report, computed),
        _outcomes(),
        "## class.json\n\nWritten by `class.export --to json`.\n",
        *_records(plain_files.ClassFile, computed),
        "## results.json\n\nWritten by `grade --to gradescope` and the archive of "
        "`class.pack`, as [Gradescope](gradescope.md) takes it. `tests` has one entry "
        "for each exercise. If nothing could be graded, some of these are left out.\n",
        _rows("field", gradescope.FIELDS.items()) + "\n",
        "## due.json\n\nWritten by `--due` into a folder of submissions; you may edit "
        "it.\n",
        *_records(DueDates, computed),
        "## bench.json\n\nWritten by `dev.bench`.\n",
        *_records(Measurements, computed),
    ]
    return "\n".join(parts)


def _records(kind: type, computed: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a part for a record and for each of those in it."""
    records = msgspec.json.schema(kind)["$defs"]
    first = kind.__name__
    for name in (first, *(one for one in records if one != first)):
        if fields := records[name].get("properties"):
            text, sections = split_docstring(records[name]["description"])
            meanings = dict(entries_of(sections.get("Attributes", "")))
            rows = [(x, _type_of(y, records), meanings[x]) for x, y in fields.items()]
            rows += [
                (field, _type_of_hint(one), inspect.getdoc(one) or "")
                for field, one in computed.get(name, {}).items()
            ]
            yield f"### {name}\n\n{_as_prose(text)}\n\n{_typed_rows(rows)}\n"


def _type_of_hint(of: property) -> str:
    hint = inspect.get_annotations(of.fget or len, eval_str=True)["return"]
    return _type_of(msgspec.json.schema(hint), {})


def _typed_rows(rows: Iterable[tuple[str, str, str]]) -> str:
    shown = (f"| `{x}` | {kind} | {_as_prose(text)} |" for x, kind, text in rows)
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *shown])


def _as_prose(text: str) -> str:
    """Return a description on one line, with None as JSON writes it."""
    return on_one_line(text).replace("None", "null")


def _type_of(schema: Mapping[str, Any], records: Mapping[str, Any]) -> str:
    """Return what a field contains, in words.

    >>> _type_of({"type": "array", "items": {"type": "string"}}, {})
    'list: text'
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if values := records[name].get("enum"):
            words = "/".join(f"`{one}`" for one in values)
            return "an [outcome](#outcomes)" if name == Outcome.__name__ else words
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        kinds = [_type_of(one, records) for one in schema["anyOf"]]
        kinds.sort(key=lambda one: one == "null")
        return " or ".join(kinds).replace("whole number or number", "number")
    kind = schema.get("type", "")
    if kind == "array":
        items = schema.get("items") or schema.get("prefixItems", [{}])[0]
        return f"list: {_type_of(items, records)}"
    return _WORDS.get(kind, kind) or "[Report](#report)"


def _outcomes() -> str:
    """Return the part about the outcomes of checks and exercises."""
    meanings = dict(
        entries_of(split_docstring(inspect.getdoc(Outcome) or "")[1]["Attributes"])
    )
    rows = (
        f"| *{one}* | {one.word} | {_as_prose(meanings[one.name])} |" for one in Outcome
    )
    table = ["| outcome | shown as | meaning |", "|---|---|---|", *rows]
    return "\n".join(["### Outcomes", "", *table, ""])
