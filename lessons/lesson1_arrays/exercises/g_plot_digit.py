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
        "The picture is in colours: its colour map is {cmap}. Use a grey one.",
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


@plot_digit.symptom(
    "You showed photo number n+1. The photos are counted from 1.\n"
    "The second photo is images[1].",
    edit=("imshow(photo,", "imshow(images[n],"),
)
def shows_the_next(answer):
    return answer.target.endswith("get_array") and np.array_equal(
        answer.value, answer.facts["following"]
    )


@plot_digit.symptom(
    "You plotted 255 - photo. Plot the pixels as they are; "
    'if you want dark ink, ask for it with cmap="gray_r".',
    edit=("imshow(photo,", "imshow(255 - photo,"),
)
def shows_the_negative(answer):
    return np.array_equal(answer.value, 255 - answer.facts["right"])


@plot_digit.symptom(
    "You divided the pixels by 255. Plot them as they are, from 0 to 255.",
    edit=("imshow(photo,", "imshow(photo / 255,"),
)
def shows_shares(answer):
    return np.allclose(answer.value, answer.facts["right"] / 255)


@plot_digit.symptom(
    "The picture has the colours of {cmap}, which matplotlib takes when it is told "
    "nothing. A digit is drawn in grey.\n"
    'Ask for it: cmap="gray".',
    edit=(', cmap="gray"', ""),
)
def shows_it_in_colours(answer):
    return answer.facts.get("cmap") == "viridis"


@plot_digit.symptom(
    "plot_digit returned None. Return the Axes that you drew on: return axes.",
    function="plot_digit",
    edit=("    return axes\n", ""),
)
def returns_none(answer):
    return gives_none(answer) and has_a_photo(answer)


def gives_none(answer):
    return answer.value is None and answer.raised is None


def has_a_photo(answer):
    """Whether there is a photo of the number that was asked for."""
    images, n = answer.args
    return 1 <= n <= len(images)


@plot_digit.symptom(
    "For a number without a photo plot_digit returned None. "
    "The caller would not notice: raise a ValueError.",
    function="plot_digit",
    edit=(
        "photo = nth_photo(images, n)",
        "if n < 1 or n > len(images):\n        return None\n    photo = nth_photo(images, n)",
    ),
)
def returns_none_for_no_photo(answer):
    return gives_none(answer) and not has_a_photo(answer)


@plot_digit.symptom(
    "You returned what imshow gives back, the picture alone. "
    "The Axes is the frame around it: return axes.",
    function="plot_digit",
    edit=("return axes", "return axes.images[0]"),
)
def returns_the_picture(answer):
    return answer.value.type_name == "AxesImage"


@plot_digit.symptom(
    "You returned the Figure, the whole page. "
    "The Axes is the frame on it: return axes.",
    function="plot_digit",
    edit=("return axes", "return axes.figure"),
)
def returns_the_figure(answer):
    return answer.value.type_name == "Figure"


@plot_digit.symptom(
    "You returned two things, a Figure and an Axes. Return only the Axes.",
    function="plot_digit",
    edit=("return axes", "return axes.figure, axes"),
)
def returns_both(answer):
    bases = [base for part in answer.value for base in part.bases]
    return len(answer.value) == 2 and {"Figure", "Axes"} <= set(bases)


@plot_digit.symptom(
    "A tuple has no {name}. Does it come from plt.subplots()? That gives two things, "
    "a Figure and its Axes.\n"
    "Take them apart: figure, axes = plt.subplots().",
    function="plot_digit",
    edit=("_, axes = plt", "axes = plt"),
)
def takes_both_for_the_axes(answer):
    message = answer.raised.message
    found = re.match(r"'tuple' object .* '(imshow|matshow|set_\w+)'", message)
    return found and {"name": found[1]}


@plot_digit.symptom(
    "The title of the Axes is empty. It says which photo it is.\n"
    "Write it with axes.set_title(...).",
    edit=('    axes.set_title(f"photo {n}")\n', ""),
)
def has_no_title(answer):
    return answer.target.endswith("get_title") and answer.value == ""


@plot_digit.symptom(
    "The title says {index}, the index of the photo. People count from 1: say {n}.",
    edit=('"photo {n}"', '"photo {n - 1}"'),
    also=True,
)
def says_the_index(answer):
    index = answer.facts["n"] - 1
    return index in numbers_in(answer.value) and {"index": index}


@plot_digit.symptom(
    "There is no photo {n}, and plot_digit drew photo {drawn} in its place. "
    "The caller would not notice: raise a ValueError.",
    function="plot_digit",
    edit=("nth_photo(images, n)", "images[min(max(n, 1), len(images)) - 1]"),
)
def draws_another_photo(answer):
    images, n = answer.args
    drawn = answer.facts["drawn"]
    is_last = n == 0 and drawn == len(images) - 1
    return drawn is not None and not is_last and {"n": n, "drawn": drawn + 1}


@plot_digit.symptom(
    "plot_digit(images, 0) drew the LAST photo: -1 is a legal index in numpy.\n"
    "Refuse n < 1.",
    function="plot_digit",
    edit=("nth_photo(images, n)", "images[n - 1]"),
)
def draws_photo_nought(answer):
    images, n = answer.args
    return n == 0 and answer.facts["drawn"] == len(images) - 1


@plot_digit.symptom(
    "The title of an Axes is an object and no function. To write one, an Axes has "
    "another name, which begins with set.",
    function="plot_digit",
    edit=("set_title", "title"),
)
def calls_the_title(answer):
    return answer.raised.message == "'Text' object is not callable"


@plot_digit.symptom(
    "The title of the Axes has become plain text, and it has to stay the object that "
    "draws the text. Is there an axes.title = ...?\n"
    "axes.set_title(...) writes it.",
    edit=('axes.set_title(f"photo {n}")', 'axes.title = f"photo {n}"'),
)
def puts_text_for_the_title(answer):
    message = answer.raised.message
    return message.startswith("'str' object has no attribute 'get_text'")


@plot_digit.symptom(
    "You drew the photo on its side: its rows became its columns.",
    edit=("imshow(photo,", "imshow(photo.T,"),
)
def draws_it_on_its_side(answer):
    return np.array_equal(answer.value, answer.facts["right"].T)
