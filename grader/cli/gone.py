"""gone: what to do instead of commands, options and values that no longer exist."""

from __future__ import annotations

from grader.installation import format_command

# For each, as it was typed: a sentence, and a command to type instead, if there is one.
GONE = {
    "class.regrade": (
        "class.grade shows whose score changes, too. To see it before anything is "
        "recorded:",
        "class.grade submissions --preview",
    ),
    "dev.reference": (
        "new-course writes docs/words.md. To bring the page up to date:",
        "dev.build",
    ),
    "dev.mistake": (
        "The report of a class shows the answers without a name, and how people wrote "
        "them. Copy from there:",
        "class.report submissions",
    ),
    "dev.try --seed": (
        "All attempts get the same questions. To find verdicts that depend on them:",
        "dev.verify --seeds 12",
    ),
    "run --window": (
        "Figures in full size are on the page in your browser:",
        "serve lesson3",
    ),
    "progress": (
        "Your gradings of a lesson, and the mistakes that were named, are here:",
        "overview lesson3",
    ),
    "class.export --to gradescope": (
        "Gradescope takes scores only from its own autograder. Make one:",
        "class.pack lesson3",
    ),
    "class.export --to junit": (
        "Scores are no longer written as JUnit. For a program of your own, use JSON:",
        "class.export submissions --to json",
    ),
    "class.export --to classroom50": (
        "Classroom 50 takes no scores from outside. For a list of them, use CSV:",
        "class.export submissions --to csv",
    ),
    "class.pack --platform": (
        "No archive for laptops is made now. In a room nobody installs anything:",
        "serve --room submissions",
    ),
    "class.pack --python": (
        "No archive for laptops is made now. In a room nobody installs anything:",
        "serve --room submissions",
    ),
    "class.pack --for": (
        "Packs are only for Gradescope now, so only the lesson is needed:",
        "class.pack lesson3",
    ),
    "hand-in": (
        "Open the room's address in a browser, and choose your file at the end of the "
        "lesson's page.",
        "",
    ),
    "join": (
        "A room is in the browser: open its address there. Your own editor needs no "
        "room; at the end of the lesson's page you hand in its file.",
        "",
    ),
    "leave": ("No room gets anything from this folder.", ""),
    "grade --cold": (
        "Each grading is a process of its own now, so the option isn't needed.",
        "grade lesson3",
    ),
    "grade --verbose": (
        "A report says which layers of the sandbox are missing. To see all of them:",
        "doctor",
    ),
    "grade --to classroom50": (
        "Classroom 50 can no longer run the grader. Grade clones of its repositories:",
        "class.grade submissions",
    ),
    "--print-completion-script": ("Type --print-completion bash (or zsh, fish).", ""),
}


def describe_instead(words: str) -> str:
    """Return what to do instead of words that somebody typed, or "" if they exist."""
    if words not in GONE:
        return ""
    sentence, command = GONE[words]
    return f"{sentence}  {format_command(command)}" if command else sentence
