"""Shows the checks of the lessons to ``pytest lessons`` and to an editor's test panel."""

from grader.authoring.pytest_plugin import (
    pytest_collect_file,
    pytest_pycollect_makemodule,
)

__all__ = ["pytest_collect_file", "pytest_pycollect_makemodule"]
