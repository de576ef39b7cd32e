"""The test files that take longest."""

from __future__ import annotations

# They take minutes, and would keep one process busy when the others are done.
LONG_FILES = (
    "tests/sandbox/test_solutions_out_of_reach.py",
    "tests/lessons/test_example_course.py",
    "tests/authoring/test_course_site.py",
    "tests/lessons/test_recall_of_slips.py",
    "tests/judge/test_lending.py",
    "tests/lessons/test_lessons_in_browser.py",
    "tests/lessons/test_tables_of_answers.py",
    "tests/lessons/test_lessons.py",
    "tests/report/test_focus.py",
    "tests/notebook/test_magics.py",
    "tests/classroom/workshop/test_room_under_load.py",
    "tests/learner/page_run/test_page_run.py",
    "tests/notebook/test_magics_in_jupyterlab.py",
    "tests/classroom/workshop/test_room_killed.py",
    "tests/lessons/test_lesson8_training.py",
    "tests/web/test_completion_names.py",
    "tests/classroom/workshop/test_room_markup.py",
)
