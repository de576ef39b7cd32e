"""junit: the XML that pytest calls xunit2, with one suite per learner and lesson.

In that schema a test case has no properties, so the points of the exercises are
properties of the suite: ``points``, ``score``, ``points.3e``, ``score.3e``.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from grader.classroom.export.common import (
    ExportFile,
    all_reports,
    exercise_name,
    wall_s_of,
)
from grader.classroom.records import ClassResult, Learner
from grader.report import ExerciseResult, Outcome, Report
from grader.report.report_text import exercise_lines
from grader.report.sentences import reason_lines
from grader.sanitize import clean_line, replace_controls

_SKIPPED = (Outcome.SKIPPED, Outcome.NOT_ATTEMPTED)


def files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return one XML file for the whole class."""
    root = ET.Element("testsuites", name=clean_line(result.title))
    for learner, report in all_reports(result):
        root.append(_suite(learner, report))
    ET.indent(root)
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return (ExportFile("junit.xml", content + b"\n"),)


def _suite(learner: Learner, report: Report) -> ET.Element:
    outcomes = [exercise.outcome for exercise in report.exercises]
    skipped = sum(outcome in _SKIPPED for outcome in outcomes)
    errors = outcomes.count(Outcome.BROKEN)
    passed = outcomes.count(Outcome.PASSED)
    suite = ET.Element(
        "testsuite",
        name=clean_line(f"{learner.id} {report.lesson}"),
        errors=str(errors),
        failures=str(len(outcomes) - passed - skipped - errors),
        skipped=str(skipped),
        tests=str(len(outcomes)),
        time=f"{report.wall_s:.3f}",
        timestamp=report.started_at,
    )
    suite.append(_properties(learner, report))
    for exercise in report.exercises:
        suite.append(
            _case(exercise, f"{clean_line(learner.id)}.{report.lesson}", report)
        )
    return suite


def _properties(learner: Learner, report: Report) -> ET.Element:
    facts: dict[str, object] = {
        "learner": clean_line(learner.shown_name),
        "lesson": report.lesson,
        "seed": report.seed,
        "points": report.full_points,
        "score": report.score,
    }
    for exercise in report.exercises:
        facts[f"points.{exercise.tag}"] = exercise.points
        facts[f"score.{exercise.tag}"] = exercise.earned
    facts |= {f"why.{part}": line for part, line in reason_lines(report)}
    element = ET.Element("properties")
    for name, value in facts.items():
        ET.SubElement(element, "property", name=name, value=str(value))
    return element


def _case(exercise: ExerciseResult, classname: str, report: Report) -> ET.Element:
    name, time = exercise_name(exercise), f"{wall_s_of(exercise):.3f}"
    case = ET.Element("testcase", classname=classname, name=name, time=time)
    if exercise.outcome is not Outcome.PASSED:
        case.append(_describe(exercise, report))
    return case


def _describe(exercise: ExerciseResult, report: Report) -> ET.Element:
    if exercise.outcome in _SKIPPED:
        reason = exercise.finding.sentence if exercise.finding else ""
        message = clean_line(reason) or exercise.outcome.word
        return ET.Element("skipped", type=exercise.outcome.value, message=message)
    kind = "error" if exercise.outcome is Outcome.BROKEN else "failure"
    lines = exercise_lines(exercise, report.problem)
    has_several = exercise.finding is not None and len(exercise.finding.mistakes) > 1
    first = " ".join(lines[: 2 if has_several else 1])
    message = clean_line(first) or exercise.outcome.word
    element = ET.Element(kind, type=exercise.outcome.value, message=message)
    element.text = replace_controls("\n".join(lines))
    return element
