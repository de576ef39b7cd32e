"""docs/csv.md and docs/json.md describe every column and field, from the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from grader.classroom import roster
from grader.classroom.class_files import csv_rows
from grader.classroom.export import gradescope
from grader.classroom.workshop import membership, room_pages
from tests.support.project import ROOT
from tools import data_files
from tools.bench.measurements import Measurement, Measurements, to_json

GOLDEN = ROOT / "tests" / "golden"
COLUMNS = {one.title: [*one.columns] for one in data_files.TABLES}


def header(name: str) -> list[str]:
    """The columns of a golden file, with the lessons as the page has them."""
    cells = csv_rows((GOLDEN / name).read_bytes())[0]
    return list(
        dict.fromkeys(
            re.sub(
                r"^Lesson \d+: .*",
                "Lesson 3: Title",
                re.sub(r"^lesson\d+", "lesson3", x),
            )
            for x in cells
        )
    )


def fields(found: Any, before: str = "") -> Iterator[str]:
    """The names of all fields in a JSON value, as the page writes them."""
    for one in found if isinstance(found, list) else [found]:
        for name, value in one.items():
            if name == "versions" or not isinstance(value, (dict, list)):
                yield f"{before}{name}"
            elif isinstance(value, dict) or (value and isinstance(value[0], dict)):
                yield from fields(value, f"{before}{name}.")
            else:
                yield f"{before}{name}"


def rows(page: str, heading: str) -> list[str]:
    """The names in the table below a heading."""
    part = page.partition(f"# {heading}\n")[2].partition("\n#")[0]
    return re.findall(r"(?m)^\| `(\w+)` \|", part)


def test_the_pages_are_what_the_code_says() -> None:
    for name, text in (
        (data_files.CSV_PAGE, data_files.write_csv_page()),
        (data_files.JSON_PAGE, data_files.write_json_page()),
    ):
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("*.csv")))
def test_every_column_of_an_export_is_described(name: str) -> None:
    assert header(name) == COLUMNS[name]


def test_every_heading_that_a_room_writes_can_be_read() -> None:
    known = {x for one in roster.COLUMNS.values() for x in one.headings}
    known |= {*roster.OTHERS}
    assert {heading for heading, _ in membership.COLUMNS} <= known


def test_every_column_of_a_room_s_table_is_described() -> None:
    assert COLUMNS["class.csv"][:-1] == [*room_pages.CLASS_COLUMNS]


def test_every_field_of_a_class_is_described() -> None:
    page = data_files.write_json_page()
    found = json.loads((GOLDEN / "class.json").read_bytes())
    assert rows(page, "ClassFile") == [*found]
    (learner, *_), (lesson, *_) = found["learners"], found["lessons"]
    assert sorted(rows(page, "GradedLearner")) == sorted(learner)
    assert rows(page, "Learner") == [*learner["learner"]]
    assert rows(page, "LessonColumn") == [*lesson]
    report = learner["reports"][0]
    assert rows(page, "Report") == [*report]
    assert rows(page, "ExerciseResult") == [*report["exercises"][0]]


def test_every_field_of_gradescope_s_result_is_described() -> None:
    found = json.loads((GOLDEN / "gradescope-noether.json").read_bytes())
    assert [*dict.fromkeys(fields(found))] == [*gradescope.FIELDS]


def test_every_field_of_a_measurement_is_described() -> None:
    page = data_files.write_json_page()
    one = Measurement("cold", "grade", 1.0, "pytest", 0.5)
    found = json.loads(to_json(Measurements((one,), {})))
    assert rows(page, "Measurement") == [*found["rows"][0]]
    assert {*rows(page, "Measurements"), "schema_version"} == {*found}


class Undescribed(msgspec.Struct):
    """A record.

    Attributes:
        known: it has a description.
    """

    known: int
    added: int


def test_a_field_without_a_description_is_refused() -> None:
    with pytest.raises(KeyError, match="added"):
        list(data_files._records(Undescribed, {}))
