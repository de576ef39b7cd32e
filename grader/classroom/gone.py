"""gone: what to do instead of commands and options of classes that no longer exist."""

# For each, as it was typed: a sentence, and a command to type instead, if there is one.
GONE = {
    "dev.mistake": (
        "The report of a class shows the answers without a name, and how people wrote "
        "them. Copy from there:",
        "class.report submissions",
    ),
    "class.regrade": (
        "class.grade shows whose score changes, too. To see it before anything is "
        "recorded:",
        "class.grade submissions --preview",
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
    "grade --to classroom50": (
        "Classroom 50 can no longer run the grader. Grade clones of its repositories:",
        "class.grade submissions",
    ),
}
