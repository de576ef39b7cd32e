"""A digit that somebody draws: read, centred as MNIST does it, and classified."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.learner.drawn_digits import classify_drawing
from grader.learner.drawn_digits.digit_format import CentredDigit, centre_digit
from grader.learner.drawn_digits.image_file import read_png
from grader.learner.drawn_digits.weights import find_network, keep_network, weights_path
from grader.sandbox import WorkerPool
from lessons.data import load_data
from tests.support.commands import run_command
from tests.support.drawn_digits import SAYS_3, SOURCE, png, seven
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

pytestmark = pytest.mark.usefixtures("share_pool")

LESSON = catalog.find("lesson1", ROOT)


def shown(data: bytes) -> CentredDigit:
    return centre_digit(read_png(data))


def test_a_drawing_becomes_what_mnist_has() -> None:
    image = shown(png(seven())).image
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    rows, columns = np.nonzero(image)
    assert rows.max() - rows.min() + 1 == 20
    assert columns.max() - columns.min() + 1 < 20
    weights = image / image.sum()
    centre = weights.sum(axis=1) @ np.arange(28), weights.sum(axis=0) @ np.arange(28)
    assert centre == pytest.approx((14, 14), abs=0.6)
    assert 0 < np.count_nonzero((image > 0) & (image < 255))  # smoothed


def test_images_of_mnist_stay_what_they_are_however_they_are_drawn() -> None:
    _, (images, _) = load_data()
    apart = []
    for number, image in enumerate(images[:100]):
        large = np.kron(image, np.ones((10, 10)))
        moved = np.pad(large, ((70, 10), (5, 150)))
        drawn = 255 - moved if number % 2 else moved
        apart.append(np.abs(shown(png(drawn)).image.astype(float) - image).mean())
    assert np.mean(apart) < 6  # of 255; another image of its digit is 25 away
    assert np.max(apart) < 25


def transparent(ink: int) -> bytes:
    image = seven()
    return png(np.stack([np.full_like(image, ink)] * 3 + [image], axis=-1))


ALIKE = {
    "white on black": lambda: png(seven()),
    "black on white": lambda: png(255 - seven()),
    "in colours": lambda: png(np.stack([255 - seven()] * 3, axis=-1)),
    "black ink on nothing": lambda: transparent(0),
    "white ink on nothing": lambda: transparent(255),
    "16 bits": lambda: sixteen(seven()),
    "a palette": lambda: palette(seven()),
}


def sixteen(image: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image.astype(np.uint16) * 257).save(file, "png")
    return file.getvalue()


def palette(image: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).convert("P").save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize("kind", sorted(ALIKE))
def test_ink_is_ink_in_whatever_colours(kind: str) -> None:
    expected = shown(png(seven())).image.astype(float)
    found = shown(ALIKE[kind]())
    assert np.abs(found.image - expected).max() <= 3
    is_inverted = kind in (
        "black on white",
        "in colours",
        "black ink on nothing",
        "a palette",
    )
    assert any("inverted" in one for one in found.remarks) == (
        is_inverted and kind != "a palette"
    )


def photograph() -> np.ndarray[Any, Any]:
    """A black 7 on paper that the light falls on from one side."""
    rng = np.random.default_rng(0)
    paper = np.linspace(150, 230, 150)[None] + rng.normal(0, 4, (200, 150))
    return np.where(seven() > 0, 40 + rng.normal(0, 4, (200, 150)), paper)


def test_a_photograph_of_paper_is_used_and_it_is_said() -> None:
    found = shown(png(photograph()))
    assert any("photograph" in one for one in found.remarks)
    expected = shown(png(seven())).image.astype(float)
    assert np.abs(found.image - expected).mean() < 12


def with_size(width: int, height: int) -> bytes:
    """A small file that says it is large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = b"IHDR" + head
    crc = struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + crc


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "This file is empty"),
    "a text": (lambda: b"hello", "isn't a PNG file"),
    "a JPEG": (lambda: b"\xff\xd8\xff\xe0" + bytes(99), "This is a JPEG file"),
    "50 megapixels": (lambda: with_size(10_000, 5_000), "50 megapixels"),
    "no pixels": (lambda: with_size(0, 0), "damaged"),
    "its head": (lambda: with_size(28, 28), "damaged"),
    "half of it": (lambda: png(np.random.default_rng(0).integers(0, 256, (90, 90)))[:2000], "damaged"),
    "a changed byte": (lambda: changed(png(seven())), "damaged"),
    "large": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(20_000_000), "20 MB"),
    "black": (lambda: png(np.zeros((280, 280))), "nothing on this drawing"),
    "white": (lambda: png(np.full((280, 280), 255)), "nothing on this drawing"),
    "one pixel": (lambda: png(np.eye(1) * 255), "nothing on this drawing"),
    "noise": (lambda: png(np.random.default_rng(0).integers(0, 256, (90, 90))), "looks like a photograph"),
}  # fmt: skip


def changed(data: bytes) -> bytes:
    middle = data.index(b"IDAT") + 8
    return data[:middle] + b"\xff\xff\xff\xff" + data[middle + 4 :]


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_what_cannot_be_used_gets_a_sentence_that_helps(kind: str) -> None:
    make, words = REFUSED[kind]
    with pytest.raises(Misuse, match=words):
        shown(make())


def test_a_text_that_unpacks_to_any_size_is_left_alone() -> None:
    data = png(seven())
    bomb = b"zTXt" + b"a\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = (
        struct.pack(">I", len(bomb) - 4) + bomb + struct.pack(">I", zlib.crc32(bomb))
    )
    place = data.index(b"IDAT") - 4
    assert shown(data[:place] + chunk + data[place:]).image.any()


def test_a_network_is_kept_with_the_text_that_trained_it(tmp_path: Path) -> None:
    path = weights_path(tmp_path / "gradebook.sqlite", LESSON.name, "me")
    with pytest.raises(Misuse, match="don't have a trained network yet"):
        find_network(path, LESSON)
    keep_network(path, SOURCE, [SAYS_3, np.zeros((2, 3))])
    kept = find_network(path, LESSON)
    assert kept.source == SOURCE
    np.testing.assert_allclose(kept.weights[0], SAYS_3.astype(np.float32))
    for odd in ([], ["a"], [np.zeros(3, object)], [np.zeros(9_000_000)]):
        keep_network(path, b"other", odd)
    assert find_network(path, LESSON).source == SOURCE
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(Misuse, match="cannot be read"):
        find_network(path, LESSON)


def kept(tmp_path: Path, source: bytes = SOURCE) -> Path:
    path = tmp_path / "me.weights"
    keep_network(path, source, [SAYS_3])
    return path


def test_the_network_is_asked_with_its_own_weights(
    tmp_path: Path, pool: WorkerPool
) -> None:
    found = classify_drawing(png(seven()), LESSON, kept(tmp_path), pool)
    assert found.answer == 3
    assert found.sentence == "Your network says 3, with a probability of 0.91."
    assert found.probabilities == pytest.approx(SAYS_3)
    assert found.pixels == tuple(shown(png(seven())).image.ravel())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"return Network()", b"1 / 0", "Your build ended in ZeroDivisionError"),
        (b"return Network()", b"return 7", "doesn't return a network"),
        (b"self.weights = weights", b"raise ValueError('other shapes')", "other shapes"),
        (b"return model.weights[0][None]", b"return model", "doesn't give ten probabilities"),
        (b"return model.weights[0][None]", b"return [[2.0] * 10]", "doesn't give ten probabilities"),
        (b"import numpy as np\n", b"import numpy as np\nimport os; os._exit(0)\n", "no answer"),
    ],
)  # fmt: skip
def test_functions_that_give_no_answer_get_a_sentence(
    tmp_path: Path, pool: WorkerPool, old: bytes, new: bytes, said: str
) -> None:
    assert old in SOURCE
    path = kept(tmp_path, SOURCE.replace(old, new, 1))
    with pytest.raises(Misuse, match=said):
        classify_drawing(png(seven()), LESSON, path, pool)


KEEPS = """
@double.check
def keeps_its_network(attempt, keep_weights):
    "The network is kept."
    expect(attempt.double(1)).equals(2)
    keep_weights([[0.01] * 3 + [0.91] + [0.01] * 6])
"""


def test_a_graded_training_is_kept_and_a_drawing_is_classified_by_command(
    toy: Toy,
) -> None:
    page = toy.root / "solutions" / "lesson1_toy.py"
    page.write_text(page.read_text() + "\n# %%\n" + SOURCE.decode())
    toy.change_checks("lesson()", "lesson(classifies_drawings=True)")
    toy.checks.write_text(toy.checks.read_text() + KEEPS)
    (toy.root / "seven.png").write_bytes(png(seven()))
    code, text = run_command(toy.root, "draw", "seven.png")
    assert (code, "don't have a trained network yet" in text) == (2, True), text
    (toy.root / "attempts").mkdir()
    own = toy.root / "attempts" / "lesson1_toy.py"
    own.write_text(page.read_text())
    code, text = run_command(toy.root, "grade", "lesson1")
    assert "100 of 100" in text, text
    # What is written later changes nothing of the network that was trained.
    own.write_text("1 / 0\n")
    code, text = run_command(toy.root, "draw", "--image", "seven.png")
    assert (code, "Your network says 3, with a probability of 0.91." in text) == (
        0,
        True,
    )
    assert "█" in text
    code, text = run_command(toy.root, "draw", "eight.png")
    assert (code, "There is no file 'eight.png'" in text) == (2, True)


def test_a_file_that_is_no_working_copy_keeps_no_network(toy: Toy) -> None:
    toy.change_checks("lesson()", "lesson(classifies_drawings=True)")
    toy.checks.write_text(toy.checks.read_text() + KEEPS)
    run_command(toy.root, "grade", "lesson1", "--attempt", "solutions")
    assert not list(toy.root.rglob("*.weights"))
