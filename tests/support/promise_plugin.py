"""A plugin for pytest that sees to it that tests which check promises run."""

from __future__ import annotations

import os
import sys

import pytest

from tools.promises import find_checks

HERE = {
    "linux": sys.platform == "linux",
    "posix": os.name == "posix",
    "root": os.name == "posix" and os.geteuid() == 0,
}
# The exit status if a promise was not checked: none of pytest's own, so that nobody
# takes it for tests that failed.
UNCHECKED = 10


def add_option(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-promises",
        action="store_true",
        help="fail unless every test that checks a promise has run",
    )


class PromisePlugin:
    """Skips tests that can't run here, and fails a run that left out others.

    With ``--require-promises`` the run fails unless every test that checks a promise
    has run, except for those that are marked ``only_on`` another system. With
    ``--last-failed`` as well, only of those that have failed none may be skipped.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._root = config.rootpath
        # With several processes, the first one gets all reports.
        self._is_required = config.getoption("--require-promises") and not hasattr(
            config, "workerinput"
        )
        self._is_again = bool(config.getoption("lf", False))
        self._seen: set[str] = set()
        self._problems: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            elsewhere = [
                system
                for mark in item.iter_markers("only_on")
                for system in mark.args
                if not HERE[system]
            ]
            if elsewhere:
                reason = f"can only run on {elsewhere[0]}"
                item.add_marker(pytest.mark.skip(reason=reason))
            # A report keeps properties from process to process, but no markers.
            for mark in item.iter_markers("promise"):
                test = mark.kwargs.get("checked_by", item.nodeid.partition("[")[0])
                item.user_properties.append(("promised", (test, bool(elsewhere))))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for test, is_elsewhere in _promised(report):
            if report.when == "call" or report.failed or report.skipped:
                self._seen.add(test)
            if report.skipped and not is_elsewhere:
                why = report.longrepr
                reason = why[2] if isinstance(why, tuple | list) else why
                self._problems.append(f"{report.nodeid}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self._is_required or exitstatus == pytest.ExitCode.INTERRUPTED:
            self._problems.clear()
            return
        if not self._is_again:
            found = find_checks(self._root).values()
            unseen = {test for each in found for test in each} - self._seen
            self._problems += [f"{test}: didn't run" for test in sorted(unseen)]
        if self._problems:
            session.exitstatus = UNCHECKED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if self._problems:
            terminalreporter.section("These tests check promises and must run")
            for problem in self._problems:
                terminalreporter.write_line(problem)


def _promised(report: pytest.TestReport) -> list[tuple[str, bool]]:
    return [value for name, value in report.user_properties if name == "promised"]
