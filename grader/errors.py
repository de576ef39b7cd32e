"""errors: the few exceptions of the grader, each with its exit code.

A learner's mistake is data and never one of these.
"""


class GraderError(Exception):
    """Something went wrong that is not a learner's mistake.

    The message says what happened, where, and what to do next; the command line
    prints it as it is and ends with `exit_code`.

    Args:
        sentence: the message.
        for_others: what somebody on another machine is shown instead: without a path of
            this one, and with a step that they can take.
    """

    exit_code = 3

    def __init__(self, sentence: str, for_others: str = "") -> None:
        super().__init__(sentence)
        self.for_others = for_others or sentence


class Misuse(GraderError):
    """A command was called with words that cannot be followed."""

    exit_code = 2


class BrokenLesson(GraderError):
    """A lesson's own files are at fault: its checks, its solution or its data."""


class SandboxError(GraderError):
    """A worker could not be started, or not confined as was asked for."""
