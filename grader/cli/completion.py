"""completion: what the Tab key offers, and the scripts that make a shell use it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from grader.cli.command import (
    MISUSE,
    Command,
    Exit,
    Parameter,
    Program,
    encode_for_terminal,
)
from grader.cli.table import commands, find_command, is_command
from grader.common.errors import GraderError
from grader.course.document.cells import Document

_OF_PROGRAM = ("--help", "--list", "--print-completion", "--version")
_SHELLS = ("bash", "zsh", "fish")

# Each script passes the words up to the cursor, of which the last may be empty. If
# there is no answer, the shell offers files.
_BASH = """\
_complete_{name}() {{
    local IFS=$'\\n'
    local typed=("${{COMP_WORDS[@]:0:COMP_CWORD+1}}")
    COMPREPLY=( $({name} --complete -- "${{typed[@]}}" 2>/dev/null) )
}}
complete -o default -F _complete_{name} {name}
"""
_ZSH = """\
_complete_{name}() {{
    local found
    found="$({name} --complete -- "${{(@)words[1,CURRENT]}}" 2>/dev/null)"
    if [[ -n $found ]]; then
        compadd -- "${{(@f)found}}"
    else
        _files
    fi
}}
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}
compdef _complete_{name} {name}
"""
_FISH = """\
function __complete_{name}
    set -l current (commandline --current-token --cut-at-cursor)
    set -l before (commandline --tokenize --current-process --cut-at-cursor)
    set -l found ({name} --complete -- $before "$current" 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete --command {name} --no-files --arguments '(__complete_{name})'
"""


def script(shell: str, name: str) -> str:
    """Return the script that makes a shell complete this program's arguments.

    Raises:
        Exit: if there is no script for this shell.
    """
    if shell not in _SHELLS:
        raise Exit(
            encode_for_terminal(
                f"There is completion for {', '.join(_SHELLS)}, not for {shell!r}."
            ),
            code=MISUSE,
        )
    template = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}[shell]
    return template.format(name=name)


def complete(app: Program, words: list[str]) -> list[str]:
    """Return the possible completions of the last word.

    Args:
        app: the program.
        words: the program's name and the words typed after it, or all of it as one
            string.
    """
    if len(words) == 1:
        words = words[0].split(" ")
    # bash makes the equals sign of --lesson=3 a separate word.
    _program, *before, last = [word for word in words if word != "="] or ["", ""]
    if words[-1] == "=":
        last = ""
    name, *after = [*itertools.dropwhile(_is_option, before)] or [""]
    if is_command(name):
        offered: Iterable[str] = _offer(app, find_command(name), after, last)
    elif name:
        offered = ()
    else:
        offered = _OF_PROGRAM if _is_option(last) else commands()
    return sorted(word for word in offered if word.startswith(last))


def _is_option(word: str) -> bool:
    return word.startswith("-")


def _offer(
    app: Program, command: Command, before: list[str], last: str
) -> Iterable[str]:
    """Return the words that may come next, without comparing them with the last."""
    options = command.options
    open_ones = [one for one in command.parameters if one.is_positional]
    values: dict[str, str] = {}
    expected: Parameter | None = None
    for word in before:
        if expected:
            values[expected.name], expected = word, None
        elif word in options:
            expected = None if options[word].is_flag else options[word]
        elif not _is_option(word) and open_ones:
            values[open_ones.pop(0).name] = word
    if expected is None and _is_option(last):
        return *(word for word in options if word.startswith("--")), "--help"
    expected = expected or next(iter(open_ones), None)
    if expected is None:
        return ()
    try:
        return _values(app, expected.name, values.get("lesson", ""), "_" in last)
    except GraderError:  # the command reports it when it runs
        return ()


def _values(app: Program, name: str, lesson: str, in_full: bool) -> Iterable[str]:
    """Return the values that can be given for a parameter, if it has few."""
    if name == "lesson":
        known = app.lessons()
        return [one.name if in_full else one.short_name for one in known]
    if name == "exercise":
        chosen = [app.find(lesson)] if lesson else app.lessons()
        return [tag for one in chosen for tag in Document.read(one.page).points]
    return ()
