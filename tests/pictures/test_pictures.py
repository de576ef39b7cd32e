"""Pictures are exact at a fixed width, with colour, without, and in ASCII."""

import io

import numpy as np
import pytest
from rich.console import Console

from grader import pictures
from grader.report import Picture


class AsciiFile(io.StringIO):
    encoding = "ascii"  # type: ignore[assignment]


def drawn(picture: object, width: int = 60, **options: object) -> str:
    file = options.pop("file", io.StringIO())
    console = Console(file=file, width=width, **options)  # type: ignore[arg-type]
    console.print(picture)
    return file.getvalue()


def image_with(*pixels: tuple[int, int]) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    for row, column in pixels:
        image[row, column] = 255
    return image


def test_without_colour_a_pixel_is_on_or_off() -> None:
    lines = drawn(pictures.digit(image_with((0, 0), (1, 1), (2, 2), (3, 2)))).split(
        "\n"
    )
    assert [line.rstrip() for line in lines[:3]] == ["▀▄", "  █", ""]
    assert len(lines) == 14 + 1


def test_in_ascii_a_pixel_is_a_shade() -> None:
    image = image_with((0, 0), (1, 0))
    image[0:2, 1] = 128
    text = drawn(pictures.digit(image), file=AsciiFile())
    assert text.splitlines()[0].rstrip() == "@+"
    assert text.isascii()


def test_with_colour_every_half_has_its_own_grey() -> None:
    image = image_with((0, 0))
    text = drawn(
        pictures.digit(image),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    assert "\x1b[38;2;255;255;255;48;2;0;0;0m▀" in text


def test_no_color_means_no_escape_codes() -> None:
    text = drawn(pictures.digit(image_with((0, 0))), force_terminal=True, no_color=True)
    assert "\x1b" not in text


@pytest.mark.parametrize("scale", [1, 255])
def test_numbers_from_0_to_1_and_bytes_look_alike(scale: int) -> None:
    image = image_with((4, 4)) / 255.0 * scale
    assert drawn(pictures.digit(image)) == drawn(pictures.digit(image_with((4, 4))))


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"28 x 28 numbers; this has shape \(3, 3\)"):
        pictures.digit(np.zeros((3, 3)))


def test_digits_stand_side_by_side_and_wrap() -> None:
    corners = image_with((0, 0), (27, 27))
    text = drawn(pictures.digits([corners] * 3, ["a", "b", "c"]), width=60)
    lines = text.splitlines()
    assert [line.split() for line in (lines[14], lines[-1])] == [["a", "b"], ["c"]]
    assert max(map(len, lines)) <= 60


def test_the_common_margin_of_digits_is_cut_off() -> None:
    text = drawn(pictures.digits([image_with((10, 10), (13, 13))]))
    assert [line.rstrip() for line in text.splitlines()] == [" ▄", "", "    ▀"]


def test_digits_may_be_none_or_black() -> None:
    assert drawn(pictures.digits([])).strip() == ""
    assert len(drawn(pictures.digits([image_with()])).splitlines()) == 14


def test_a_matrix_has_numbered_rows_and_columns() -> None:
    text = drawn(pictures.matrix([[12, 0], [3, 0]], "Counts"))
    expected = ["Counts", "   0  1", "0 12  ·", "1  3  0"]
    assert [line.rstrip() for line in text.splitlines()] == expected


def test_a_matrix_of_floats_is_rounded() -> None:
    assert "0.333" in drawn(pictures.matrix([[1 / 3, float("nan")]]))


def test_a_curve_falls_from_its_largest_to_its_smallest_value() -> None:
    lines = drawn(pictures.curve([3, 2, 1], "Loss"), width=20).splitlines()
    assert lines[0].rstrip() == "Loss"
    assert lines[1].startswith("3│▀")
    assert lines[8].startswith("1│")
    assert lines[8].rstrip().endswith("▄")
    assert lines[9].split() == ["1", "3"]


def test_series_without_colour_have_letters() -> None:
    text = drawn(pictures.curve({"loss": [2, 1], "val": [1, 2]}))
    assert text.splitlines()[-1].split() == ["o", "loss", "x", "val"]
    assert "▀" not in text


def test_series_with_colour_have_half_blocks() -> None:
    text = drawn(
        pictures.curve({"loss": [2, 1], "val": [1, 2]}),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    assert "▀" in text
    assert "\x1b[36m" in text


def test_a_curve_leaves_out_what_is_no_number() -> None:
    assert "no numbers to draw" in drawn(pictures.curve([float("nan")]))
    assert "1│" in drawn(pictures.curve([1.0, float("inf"), 1.0]))
    assert "no numbers to draw" in drawn(pictures.curve([]))


def test_curves_in_ascii_are_ascii() -> None:
    assert drawn(pictures.curve([3, 1, 2]), file=AsciiFile()).isascii()
    assert drawn(pictures.matrix([[1, 0], [0, 1]]), file=AsciiFile()).isascii()


def test_the_pictures_of_a_report_are_drawn() -> None:
    byte_rows = (tuple(float(x) for x in image_with((3, 3)).ravel()),)
    for picture, word in (
        (Picture("digits", "t", byte_rows, ("7",)), "7"),
        (Picture("matrix", "t", ((1.0, 2.0), (3.0, 4.0))), "3"),
        (Picture("curve", "t", ((1.0, 2.0),), ("loss",)), "loss"),
    ):
        assert word in drawn(pictures.drawn(picture))
