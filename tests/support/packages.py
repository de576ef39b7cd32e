"""The packages of the program, and in which order they may import each other."""

from __future__ import annotations

# The rooms of the program, floor by floor, as CONTRIBUTING lists them. Those of one
# line don't import each other.
ROOMS = (
    ("common", "derivations", "fit_progress"),
    ("course",),
    ("sandbox",),
    ("report",),
    ("checks", "pictures"),
    ("derivation_checks", "judge"),
    ("learner",),
    ("authoring", "notebook", "web"),
    ("cli",),
    ("__main__", "entry"),
    ("classroom",),
)
# The parts of a room, in the same order. What isn't named is what else is in the room.
INSIDE = {
    "checks": (("attempt", "mutations"), ("",)),
    "classroom": (("packing",), ("",), ("workshop",)),
    "common": (
        ("errors", "sanitize"),
        ("control_group", "dates", "extensions", "files", "message_channel"),
    ),
    "course": (
        ("course_folder", "lessons_path"),
        ("settings",),
        ("installation",),
        ("course_copy", "course_files", "document"),
    ),
    "judge": (("diagnosis",), ("",)),
    "learner": (
        ("drawn_digits", "gradebook", "page_run", "page_tests"),
        ("application",),
        ("grading_service", "session"),
    ),
}
