"""2d: what the loop can do."""

from grader.checks import exercise, expect

possible = exercise(
    "PREDICT",
    prediction=True,
    hints=(
        "You have proved what each step does to the inertia. A step that only goes down "
        "can still end in the wrong valley.",
    ),
)

WORDS = ("yes", "no")


@possible.check
def knows_that_it_falls(attempt):
    """You know whether the inertia can rise."""
    expect(attempt.entry("PREDICT", "the inertia can rise")).is_choice("no", of=WORDS)


@possible.check
def knows_that_starts_matter(attempt):
    """You know whether the end depends on the start."""
    answer = attempt.entry("PREDICT", "two starts can end differently")
    expect(answer).is_choice("yes", of=WORDS)


@possible.check
def knows_the_smallest(attempt):
    """You know the smallest inertia."""
    expect(attempt.entry("PREDICT", "inertia with 120 centres")).close_to(0)


possible.wrong_choices(
    {
        'PREDICT["the inertia can rise"]': {
            "yes": "Neither step can raise it: a mean is the cheapest centre, and the "
            "nearest centre is the cheapest for a point.",
        },
        'PREDICT["two starts can end differently"]': {
            "no": "The loop stops when no single step helps. That can be at different "
            "places, as the last part of this lesson shows.",
        },
        'PREDICT["inertia with 120 centres"]': {
            1: "How far is a leaf from a centre that is the leaf itself?",
            120: "That is the number of leaves. How far is each from its own centre?",
        },
    }
)
