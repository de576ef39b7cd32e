"""command_service: grade for a command in a terminal.

On Linux that may be done by the process that the last command has left (`warm_grader`),
or by one that stays for the next command (`warm_host`).
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator

import msgspec

from grader.document.catalog import Lesson
from grader.grading_service import GradingRequest, GradingService, prelaunch
from grader.sandbox import debug_log

# An environment variable that turns it off, for tests and wherever several processes
# would compete.
OFF = "GRADER_COLD"


class CommandService(msgspec.Struct, frozen=True):
    """A service that grades for a command.

    Attributes:
        service: does the grading.
        begin: sends a request before the report is needed, if that is possible.
        stay: must be called with the exit code when everything is done. The command
            then ends, and this process waits for the next grading. If that isn't
            possible, it returns, and the command must end by itself.
    """

    service: GradingService
    begin: Callable[[GradingRequest], None] = lambda _: None
    stay: Callable[[int], None] = lambda _: None


@contextlib.contextmanager
def open_service(
    lesson: Lesson, require_sandbox: bool, is_cold: bool
) -> Iterator[CommandService]:
    """Provide a service for a command's grading: a warm grader, if one waits.

    Otherwise the command continues in a child of this process.

    Args:
        lesson: the lesson.
        require_sandbox: refuse to grade unless every sandbox layer works.
        is_cold: start a process for this grading only.
    """
    if is_cold or not is_possible():
        with prelaunch(lesson, require_sandbox) as service:
            yield CommandService(service)
        return
    # Imported only here, so that other platforms don't wait for it.
    from grader.grading_service import warm_grader

    if lent := warm_grader.connect(lesson):
        yield CommandService(lent, begin=lent.begin)
    else:
        from grader.grading_service import warm_host

        command = None
        with contextlib.suppress(OSError):
            command = warm_host.continue_in_child()
        with prelaunch(lesson, require_sandbox) as service:
            if command is None:
                yield CommandService(service)
            else:
                stay = functools.partial(warm_host.stay, service, command, lesson)
                yield CommandService(service, stay=stay)


def is_possible() -> bool:
    """Return whether a process may stay: in a terminal, on Linux, unless turned off."""
    is_off = OFF in os.environ or "CI" in os.environ or debug_log.is_on()
    # A stream that was closed earlier is None.
    is_terminal = all(one and one.isatty() for one in (sys.stdin, sys.stdout))
    return sys.platform == "linux" and is_terminal and not is_off
