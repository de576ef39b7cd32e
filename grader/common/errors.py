"""errors: the few exceptions of the grader, each with its exit code.

A learner's mistake is data and never one of these.
"""


class GraderError(Exception):
    """Something went wrong that isn't a learner's mistake.

    The message says what happened, where, and what to do next. The command line prints
    it unchanged and exits with `exit_code`.

    Args:
        sentence: the message.
        for_others: a message for people on other machines: without a path of this one,
            and with a step that they can take.
    """

    exit_code = 3

    def __init__(self, sentence: str, for_others: str = "") -> None:
        super().__init__(sentence)
        self.for_others = for_others or sentence


class Misuse(GraderError):
    """A command was called with invalid arguments."""

    exit_code = 2


class BrokenLesson(GraderError):
    """A lesson's own files are at fault: its checks, its solution or its data."""


class SandboxError(GraderError):
    """A worker couldn't be started, or not confined as required."""


class NotFound(Exception):
    """Nothing has the name, the id or the line that a caller gave."""
