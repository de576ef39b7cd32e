"""1g  Plot a digit."""

import contextlib
import re

import numpy as np
from msgspec.structs import replace

from grader.checks import Alternative, RemoteObject, Stopped, Wrong, exercise, expect

from . import FIVE, place_of

plot_digit = exercise(
    "1g",
    "Plot a digit",
    points=10,
    writes="plot_digit",
    hints=(
        "Pick the photo with what you wrote in 1d; it also refuses the wrong numbers.",
        "figure, axes = plt.subplots() gives you the Axes to draw on.",
        'axes.imshow(photo, cmap="gray"), axes.set_title(f"photo {n}"), return axes',
    ),
    alternative=Alternative(
        code="""
            def plot_digit(images, n):
                axes = plt.figure().add_subplot(title=f"photo {n}")
                axes.imshow(nth_photo(images, n), cmap="gray")
                return axes
        """,
        why=(
            "The title is a property of the Axes, so it can be given when the "
            "Axes is made. What it costs: an empty figure is left behind when n "
            "has no photo."
        ),
    ),
)


def axes_of(answer):
    """The Axes in the worker, or the sentence that says what came instead."""
    told = expect(answer)
    remote = told.handle()
    told.holds(
        "Axes" in remote.bases,
        "Return the Axes; this is an object of type {type}.",
        type=remote.type_name,
    )
    return remote


def shows(attempt, images, n):
    """The picture on the Axes is photo number n."""
    pictures = expect(axes_of(attempt.plot_digit(images, n)).call("get_images"))
    there = pictures.sequence()
    pictures.holds(
        bool(there) and isinstance(there[-1], RemoteObject),
        "There is no picture on the Axes. Call axes.imshow(photo).",
    )
    following = images[n] if n < len(images) else None
    array = there[-1].call("get_array")
    shown = expect(array, right=images[n - 1], following=following)
    shown.equals(images[n - 1])
    return there[-1]


@plot_digit.check
def shows_the_photo(attempt):
    """The picture shows photos 1 and 3 of a set of five, pixel by pixel."""
    for n in (1, 3):
        shows(attempt, FIVE, n)


@plot_digit.check
def shows_it_in_grey(attempt):
    """The picture is grey: its colour map has no colours."""
    colours = shows(attempt, FIVE, 2).call("get_cmap")
    name = expect(colours).handle().get("name").value
    painted = colours.value.call("__call__", np.linspace(0, 1, 9))
    rgba = expect(painted).array(shape=(9, 4))
    is_grey = np.all(np.ptp(rgba[:, :3], axis=1) < 0.02)
    expect(colours, cmap=name).holds(
        is_grey,
        "The picture is in colours: its colour map is {cmap}. A grey one is asked for.",
    )


@plot_digit.check
def says_its_number(attempt):
    """The title contains the number of the photo, counted from 1."""
    for n in (4, 2):
        told = expect(title_of(axes_of(attempt.plot_digit(FIVE, n))), n=n)
        told.holds(
            n in numbers_in(told.text()), "The title is {got}; {n} is not in it."
        )


@plot_digit.check
def refuses_what_is_not_there(attempt):
    """There is no photo 0 and no photo 6 in a set of five: a ValueError."""
    for n in (0, 6):
        try:
            expect.raises("ValueError", attempt.plot_digit, FIVE, n)
        except Wrong as wrong:
            wrong.answer = with_what_is_drawn(wrong.answer)
            raise


def title_of(axes):
    """The title in the middle, or where that is empty the one on the left or right."""
    middle = axes.call("get_title")
    sides = (axes.call("get_title", side) for side in ("left", "right"))
    return middle if middle.value else next((s for s in sides if s.value), middle)


def with_what_is_drawn(answer):
    """The answer, and which of the photos stands on the Axes that it is."""
    drawn = None
    with contextlib.suppress(Stopped, AttributeError, IndexError):
        picture = answer.value.call("get_images").value[-1]
        drawn = place_of(picture.call("get_array").value, answer.args[0])
    return replace(answer, facts={**answer.facts, "drawn": drawn})


@plot_digit.check
def shows_real_photos(attempt, mnist, rng):
    """It plots real digits of a larger set, the last one too."""
    images = mnist.x_test[:30]
    for n in (int(rng.integers(10, 30)), 30):
        shows(attempt, images, n)


def numbers_in(text):
    return [int(digits) for digits in re.findall(r"\d+", text[:1000])]
