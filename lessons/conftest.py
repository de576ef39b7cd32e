"""Shows the checks of the lessons to ``pytest lessons`` and to an editor's test panel."""

from grader.panel import pytest_collect_file

__all__ = ["pytest_collect_file"]
