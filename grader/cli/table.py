"""table: which commands there are, and where each of them is."""

from __future__ import annotations

from collections.abc import Mapping

# Those of the grader itself, by the name that is typed. Only the module of the command
# that runs is imported.
CORE = {
    "overview": "grader.cli.learner:overview",
    "demo": "grader.cli.run_page:demo",
    "start": "grader.cli.learner:start",
    "read": "grader.cli.learner:read",
    "run": "grader.cli.run_page:run",
    "pytest": "grader.cli.run_page:run_pytest",
    "lab": "grader.cli.browser:lab",
    "grade": "grader.cli.grading:grade",
    "watch": "grader.cli.grading:watch",
    "serve": "grader.cli.browser:serve",
    "hint": "grader.cli.learner:hint",
    "solution": "grader.cli.learner:solution",
    "reset": "grader.cli.learner:reset",
    "draw": "grader.cli.drawing:draw",
    "doctor": "grader.cli.learner:doctor",
    "init": "grader.cli.learner:init",
    "new-course": "grader.cli.author:new_course",
    "dev.build": "grader.cli.author:build",
    "dev.new": "grader.cli.author:new",
    "dev.try": "grader.cli.author:try_",
    "dev.verify": "grader.cli.author:verify",
    "dev.check": "grader.cli.author:check",
    "dev.bench": "grader.cli.author:bench",
    "dev.figures": "grader.cli.author:figures",
    "dev.shots": "grader.cli.author:shots",
    "dev.site": "grader.cli.author:site",
    "dev.versions": "grader.cli.author:versions",
}
DEFAULT = "overview"
# Other words that people try.
ALIASES = dict.fromkeys(("check", "test", "verify", "submit"), "grade")


def commands() -> Mapping[str, str]:
    """Return the places of all commands, those of extensions included, by name."""
    # The grader's own commands must not wait for this.
    from grader.common.extensions import COMMANDS, places_of

    return {**places_of(COMMANDS), **CORE}


def is_command(name: str) -> bool:
    """Return whether there is a command with this name."""
    return name in CORE or name in commands()
