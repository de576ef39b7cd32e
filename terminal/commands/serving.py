"""serving: the command that opens the lessons in a browser."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from grader import catalog, machine
from grader.errors import Misuse
from terminal.commands.shared import ROOT, command, screen

_PORT = "listen here; by default where it did last time, or where it is free"


@task(
    help={
        "port": _PORT,
        "browser": "whether a browser is opened (--no-browser: only the address shown)",
    }
)
@command
def serve(_: Context, port: str = "", browser: bool = True) -> None:
    """Open the lessons in your browser: read, write, run and grade on one page.

    It is for this machine alone. What you write is the same file in attempts/.
    """
    try:
        from server.serving import serve as serve_lessons
    except ImportError as error:
        raise Misuse(
            "The lessons in a browser need Starlette and uvicorn, and "
            f"{error.name} is not installed. Install them:  {_install_command()}"
        ) from error
    catalog.course(ROOT)
    paper = screen()

    def say(address: str) -> None:
        paper.print("", "Your lessons are here, for this machine alone:")
        paper.print(f"  {address}", "")
        paper.print("Ctrl-C ends it. What you write is in attempts/, as always.")

    serve_lessons(ROOT, _read_port(port), say, browser)


def _read_port(words: str) -> int:
    """The port that is asked for; 0 when none is."""
    if words and not words.isdecimal():
        raise Misuse(f"--port takes a number such as 8800, not {words!r}.")
    return int(words or 0)


def _install_command() -> str:
    if machine.is_copy() and machine.is_of_uv():
        return "uv sync --extra serve"
    return f'{machine.typed("-m pip", "python")} install "{machine.PACKAGE}[serve]"'
