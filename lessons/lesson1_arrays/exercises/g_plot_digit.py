"""1g  Plot a digit."""

import re

import numpy as np

from grader.checks import Alternative, RemoteObject, exercise, expect

from . import FIVE

plot_digit = exercise(
    "plot_digit",
    hints=(
        "nth_image from 1d gives you the image.",
        "figure, axes = plt.subplots() gives you the Axes to draw on.",
        'axes.imshow(image, cmap="gray"), axes.set_title(f"image {n}"), return axes',
    ),
    alternative=Alternative(
        code="""
            def plot_digit(images, n):
                axes = plt.figure().add_subplot(title=f"image {n}")
                axes.imshow(nth_image(images, n), cmap="gray")
                return axes
        """,
        why=(
            "The title is a property of the Axes, so you can set it when you create "
            "the Axes. The price: if n has no image, an empty figure is left "
            "behind."
        ),
    ),
)


# imshow puts the first on the Axes, pcolormesh the second.
PICTURES = {"AxesImage", "QuadMesh"}


def bases_of(value):
    """Return the names of the classes of an object in the worker; () for a value."""
    return value.bases if isinstance(value, RemoteObject) else ()


def axes_of(answer):
    """Return the Axes in the worker; fail with what the function returned instead."""
    told = expect(answer)
    remote = told.handle()
    told.holds(
        "Axes" in remote.bases,
        "You returned an object of type {type}, not the Axes.",
        type=remote.type_name,
    )
    return remote


def shows(attempt, images, n):
    """Expect image number n on the Axes."""
    axes = axes_of(attempt.plot_digit(images, n))
    drawn = expect(axes.call("get_children"))
    pictures = [one for one in drawn.sequence() if PICTURES & {*bases_of(one)}]
    drawn.holds(
        bool(pictures), "There is no picture on the Axes. Call axes.imshow(image)."
    )
    following = images[n] if n < len(images) else None
    array = pictures[-1].call("get_array")
    shown = expect(array, right=images[n - 1], following=following)
    shown.equals(images[n - 1])
    if "QuadMesh" in bases_of(pictures[-1]):
        turned = axes.call("yaxis_inverted")
        expect(turned).holds(
            np.array_equal(turned.value, True),
            "The digit is upside down: pcolormesh draws row 0 at the bottom. Use imshow, "
            "or call axes.invert_yaxis().",
        )
    return pictures[-1]


@plot_digit.check
def shows_the_photo(attempt):
    """It shows images 1 and 3 of a set of five, pixel by pixel."""
    for n in (1, 3):
        shows(attempt, FIVE, n)


@plot_digit.check
def shows_it_in_grey(attempt):
    """It shows them in gray: the color map has no colors."""
    colours = shows(attempt, FIVE, 2).call("get_cmap")
    name = expect(colours).handle().get("name").value
    painted = colours.value.call("__call__", np.linspace(0, 1, 9))
    rgba = expect(painted).array(shape=(9, 4))
    is_grey = np.all(np.ptp(rgba[:, :3], axis=1) < 0.02)
    expect(colours, cmap=name).holds(
        is_grey,
        "The picture is in color: its color map is {cmap}. Use a gray one.",
    )


@plot_digit.check
def says_its_number(attempt):
    """The title contains the number of the image, counted from 1."""
    for n in (4, 2):
        told = expect(title_of(axes_of(attempt.plot_digit(FIVE, n))), n=n)
        told.holds(
            n in numbers_in(told.text()), "The title is {got}, without {n} in it."
        )


def title_of(axes):
    """Return the title in the middle, or if that is empty, the one at a side."""
    middle = axes.call("get_title")
    sides = (axes.call("get_title", side) for side in ("left", "right"))
    return middle if middle.value else next((s for s in sides if s.value), middle)


@plot_digit.check
def shows_real_photos(attempt, mnist, rng):
    """It plots real digits from a larger set, including the last one."""
    images = mnist.x_test[:30]
    for n in (int(rng.integers(10, 30)), 30):
        shows(attempt, images, n)


def numbers_in(text):
    return [int(digits) for digits in re.findall(r"\d+", text[:1000])]


@plot_digit.symptom(
    "You showed image number n+1. At which number does NumPy begin to count?\n"
    "At 0: the second image is images[1].",
    edit=("imshow(image,", "imshow(images[n],"),
)
def shows_the_next(answer):
    return answer.target.endswith("get_array") and np.array_equal(
        answer.value, answer.facts["following"]
    )


@plot_digit.symptom(
    "You plotted 255 - image.\n"
    'Plot the pixels as they are. If you want dark ink, use cmap="gray_r".',
    edit=("imshow(image,", "imshow(255 - image,"),
)
def shows_the_negative(answer):
    return np.array_equal(answer.value, 255 - answer.facts["right"])


@plot_digit.symptom(
    "You divided the pixels by 255.\nPlot them as they are, from 0 to 255.",
    edit=("imshow(image,", "imshow(image / 255,"),
)
def shows_shares(answer):
    return np.allclose(answer.value, answer.facts["right"] / 255)


@plot_digit.symptom(
    "The picture has the colors of {cmap}, the default color map of matplotlib, not "
    "shades of gray.\n"
    'Pass cmap="gray".',
    edit=(', cmap="gray"', ""),
)
def shows_it_in_colours(answer):
    return answer.facts.get("cmap") == "viridis"


@plot_digit.symptom(
    "plot_digit returned None, and the caller needs the Axes.\n"
    "Return the Axes that you drew on: return axes.",
    function="plot_digit",
    edit=("    return axes\n", ""),
)
def returns_none(answer):
    return answer.value is None and answer.raised is None


@plot_digit.symptom(
    "You returned what imshow returns, which is only the picture. The Axes is the "
    "frame around it.\n"
    "Return that: return axes.",
    function="plot_digit",
    edit=("return axes", "return axes.images[0]"),
)
def returns_the_picture(answer):
    return answer.value.type_name == "AxesImage"


@plot_digit.symptom(
    "You returned the Figure, the whole page. The Axes is the frame on it.\n"
    "Return that: return axes.",
    function="plot_digit",
    edit=("return axes", "return axes.figure"),
)
def returns_the_figure(answer):
    return answer.value.type_name == "Figure"


@plot_digit.symptom(
    "You returned plt, which is a module. The caller needs the Axes.\n"
    "Return the Axes that you drew on: return plt.gca(), or return axes.",
    function="plot_digit",
    edit=("return axes", "return plt"),
)
def returns_pyplot(answer):
    is_module = answer.value.type_name == "module"
    return is_module and "'matplotlib.pyplot'" in answer.value.handle.text


@plot_digit.symptom(
    "You returned two things, a Figure and an Axes.\nReturn only the Axes.",
    function="plot_digit",
    edit=("return axes", "return axes.figure, axes"),
)
def returns_both(answer):
    bases = [base for part in answer.value for base in part.bases]
    return len(answer.value) == 2 and {"Figure", "Axes"} <= set(bases)


@plot_digit.symptom(
    "A tuple has no {name}. Does it come from plt.subplots()? That returns two things, "
    "a Figure and its Axes.\n"
    "Unpack them: figure, axes = plt.subplots().",
    function="plot_digit",
    edit=("_, axes = plt", "axes = plt"),
)
def takes_both_for_the_axes(answer):
    message = answer.raised.message
    found = re.match(r"'tuple' object .* '(imshow|matshow|set_\w+)'", message)
    return found and {"name": found[1]}


@plot_digit.symptom(
    "The title of the Axes is empty.\n"
    "Put the number of the image into it, with axes.set_title(...).",
    edit=('    axes.set_title(f"image {n}")\n', ""),
)
def has_no_title(answer):
    return answer.target.endswith("get_title") and answer.value == ""


@plot_digit.symptom(
    "The title says {index}, the index of the image. People count from 1.\nWrite {n}.",
    edit=('"image {n}"', '"image {n - 1}"'),
    also=True,
)
def says_the_index(answer):
    index = answer.facts["n"] - 1
    return index in numbers_in(answer.value) and {"index": index}


@plot_digit.symptom(
    "axes.title is an object, not a function.\n"
    "The method that sets the title is axes.set_title.",
    function="plot_digit",
    edit=("set_title", "title"),
)
def calls_the_title(answer):
    return answer.raised.message == "'Text' object is not callable"


@plot_digit.symptom(
    "The title of the Axes is now plain text, but it has to stay the object that "
    "draws the text. Is there an axes.title = ...?\n"
    "Use axes.set_title(...).",
    edit=('axes.set_title(f"image {n}")', 'axes.title = f"image {n}"'),
)
def puts_text_for_the_title(answer):
    message = answer.raised.message
    return message.startswith("'str' object has no attribute 'get_text'")


@plot_digit.symptom(
    "You drew the image on its side: its rows became columns.",
    edit=("imshow(image,", "imshow(image.T,"),
)
def draws_it_on_its_side(answer):
    return np.array_equal(answer.value, answer.facts["right"].T)


@plot_digit.symptom(
    "imshow got an array of shape ({n}, 28, 28), which is a stack of images. A slice keeps "
    "the axis of the images.\nAn index, as in images[n - 1], gives one image.",
    example="""
        def plot_digit(images, n):
            figure, axes = plt.subplots()
            axes.imshow(images[n - 1 : n])
            axes.set_title(f"image {n}")
            return axes
    """,
)
def draws_a_stack(answer):
    found = re.search(r"Invalid shape \((\d+), 28, 28\)", answer.raised.message)
    return found and {"n": found[1]}
