"""What the benchmark writes down. How long anything takes is nobody's business here."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cli.render.screen import Screen
from tests.support.project import ROOT
from tools.bench import run
from tools.bench.measurements import (
    Measurement,
    Measurements,
    Plan,
    compare_medians,
    draw_measurements,
    to_json,
)
from tools.bench.timing import in_turns


@pytest.mark.slow
def test_the_layers_are_measured_drawn_and_written(tmp_path: Path) -> None:
    words = ["dev.bench", "--quick", "--only", "isolation", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "invoke", *words, str(tmp_path / "bench.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["schema_version"] == 1
    assert written["machine"]["processors"] >= 1
    assert {row["group"] for row in written["rows"]} == {"isolation"}
    for row in written["rows"]:
        assert row["name"].split()[0] in done.stdout
        assert row["value"] > 0
        assert row["floor"] > 0
        assert row["runs"] >= 3


def test_an_unknown_group_is_misuse() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "dev.bench", "--only", "weather"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 2
    assert "There is no group 'weather'" in done.stderr


@pytest.mark.slow
def test_the_same_checks_run_without_layers() -> None:
    lesson = "lesson3_cross_entropy"
    solution = ROOT / "solutions" / f"{lesson}.py"
    module = [sys.executable, "-m", "tools.bench.pytest_floor"]
    right = subprocess.run([*module, lesson, str(solution), str(ROOT)], timeout=300)
    assert right.returncode == 0
    stubs = ROOT / "lessons" / lesson / "lesson.py"
    wrong = subprocess.run([*module, lesson, str(stubs), str(ROOT)], timeout=300)
    assert wrong.returncode == 4


@pytest.mark.parametrize(
    ("value", "limit", "more_is_better", "is_met"),
    [
        (1.0, 0.5, False, True),
        (1.1, 0.5, False, False),
        (6.0, 3.0, True, True),
        (5.0, 3.0, True, False),
        (9.0, None, False, True),
    ],
)
def test_a_limit_is_a_ratio(
    value: float, limit: float | None, more_is_better: bool, is_met: bool
) -> None:
    row = Measurement(
        "x", "x", value, "y", 2.0, limit=limit, more_is_better=more_is_better
    )
    assert is_met == row.is_met
    assert is_met == Measurements((row,), {}).is_met


def test_a_row_holds_medians_and_its_ratio_is_written() -> None:
    row = compare_medians("x", "x", "y", ([3.0, 9.0, 1.0], [2.0, 1.0, 2.0]), limit=1.5)
    assert (3.0, 2.0, 3) == (row.value, row.floor, row.runs)
    (written,) = json.loads(to_json(Measurements((row,), {})))["rows"]
    assert (1.5, True) == (written["ratio"], written["is_met"])


def test_a_value_and_its_floor_are_measured_in_turns() -> None:
    order: list[str] = []
    values, floors = in_turns(
        2, lambda: order.append("value") or 1.0, lambda: order.append("floor") or 2.0
    )
    assert order == ["floor", "value", "floor", "value"]
    assert (values, floors) == ([1.0, 1.0], [2.0, 2.0])


def test_a_value_is_measured_once_although_its_time_is_over() -> None:
    values, floors = in_turns(9, lambda: 1.0, lambda: 2.0, until_s=0.0)
    assert (values, floors) == ([1.0], [2.0])


def test_no_line_is_cut_where_output_is_no_terminal() -> None:
    row = Measurement(
        "cold", "grade lesson3, whole command", 0.331, "import numpy", 0.21, limit=1.5
    )
    file = io.StringIO()
    draw_measurements(Measurements((row, row), {}), Screen(file))
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines[1:] == [
        "cold",
        *(
            "not met  grade lesson3, whole command",
            "         1.58 (at most 1.5): 0.331 s beside 0.210 s, import numpy",
        )
        * 2,
    ]


def test_what_no_time_is_left_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: object) -> Iterator[Measurement]:
        yield Measurement("x", "first", 1.0, "y", 2.0)
        yield Measurement("x", "second", 1.0, "y", 2.0)

    groups = {"one": measure, "two": measure, "three": measure}
    monkeypatch.setattr(run, "GROUPS", groups)
    found = run.run(ROOT, Plan(), (), lambda _: None)
    assert (len(found.rows), found.left_out) == (6, ())
    found = run.run(ROOT, Plan(within_s=0.0), (), lambda _: None)
    assert (len(found.rows), found.left_out) == (1, ("two", "three"))
    file = io.StringIO()
    draw_measurements(found, Screen(file))
    assert "No time was left for: two, three." in file.getvalue()
