"""The images are the real ones, complete, and load like those of Keras."""

import ast
import hashlib
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from lessons import data
from lessons.data import make_letters

README = (data.FOLDER / "README.md").read_text(encoding="utf-8")
LICENCE = (data.FOLDER / "LICENSE.md").read_text(encoding="utf-8")
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(scope="module")
def sets():
    return data.load_data()


def test_there_are_sixty_thousand_and_ten_thousand_images(sets):
    (x_train, y_train), (x_test, y_test) = sets
    assert x_train.shape == (60000, 28, 28)
    assert y_train.shape == (60000,)
    assert x_test.shape == (10000, 28, 28)
    assert y_test.shape == (10000,)


def test_all_four_arrays_are_plain_bytes(sets):
    for images, labels in sets:
        assert (images.dtype, labels.dtype) == (np.uint8, np.uint8)
        assert images.flags.c_contiguous
        assert images.flags.writeable


def test_the_pixels_sum_to_the_known_numbers(sets):
    sums = [int(images.sum(dtype=np.int64)) for images, _ in sets]
    assert sums == [1_567_298_545, 264_923_200]
    assert all(f"{total:,}" in README for total in sums)


def test_each_digit_occurs_as_often_as_it_should(sets):
    (_, y_train), (_, y_test) = sets
    assert np.bincount(y_train).tolist() == TRAIN_COUNTS
    assert np.bincount(y_test).tolist() == TEST_COUNTS


def test_the_first_labels_are_those_of_mnist(sets):
    (_, y_train), (_, y_test) = sets
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]


def test_no_test_image_is_also_a_training_image(sets):
    (x_train, _), (x_test, _) = sets
    seen = {image.tobytes() for image in x_train}
    assert not any(image.tobytes() in seen for image in x_test)


def test_the_readme_states_the_counts_the_size_and_the_hash():
    def row(name):
        line = re.search(rf"^\| {name} \|([ \d|]+)\|$", README, re.MULTILINE)
        return [int(number) for number in line[1].split("|")]

    packed = (data.FOLDER / "mnist.npz").read_bytes()
    assert row("train") == [*TRAIN_COUNTS, sum(TRAIN_COUNTS)]
    assert row("test") == [*TEST_COUNTS, sum(TEST_COUNTS)]
    assert hashlib.sha256(packed).hexdigest() in README
    assert f"{len(packed):,} bytes" in README


def test_the_licence_names_the_authors_and_the_terms():
    words = " ".join(LICENCE.replace("**", "").split())
    assert "Yann LeCun, Corinna Cortes and Christopher Burges" in words
    assert "CC BY-SA 3.0" in words


def keras_function():
    """Keras's load_data as a syntax tree, so that TensorFlow need not be imported."""
    package = Path(importlib.util.find_spec("keras").origin).parent
    tree = ast.parse((package / "src/datasets/mnist.py").read_text(encoding="utf-8"))
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef))


def own_function():
    tree = ast.parse(Path(data.__file__).read_text(encoding="utf-8"))
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    return next(n for n in functions if n.name == "load_data")


def test_it_is_called_and_answers_like_that_of_keras():
    ours, theirs = own_function(), keras_function()
    assert ours.name == theirs.name
    assert ast.unparse(ours.args) == ast.unparse(theirs.args)
    promise = "Tuple of NumPy arrays: `(x_train, y_train), (x_test, y_test)`"
    assert promise in ast.get_docstring(theirs)
    assert promise in ast.get_docstring(ours)


def test_a_missing_file_is_named():
    with pytest.raises(
        FileNotFoundError, match=r"lessons/data/none\.npz does not exist"
    ):
        data.load_data("none.npz")


def test_a_file_that_may_not_be_read_says_how_the_images_come(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError("closed")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError) as caught:
        data.load_data()
    words = " ".join(str(caught.value).split())
    assert "your functions get the images as arguments." in words
    assert 'if __name__ == "__main__"' in words


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"not an archive"])
def test_a_damaged_file_is_called_damaged(tmp_path, content):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged or is another file"):
        data.load_data(path)


def test_a_file_with_other_arrays_is_another_file(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, x=np.arange(3))
    with pytest.raises(ValueError, match="is damaged or is another file"):
        data.load_data(str(path))


def test_the_text_is_what_its_program_writes():
    text = data.load_text()
    assert text == make_letters.make()
    assert len(text) == 150_000
    assert set(text) == set(" abcdefghijklmnopqrstuvwxyz")
    assert "150,000 characters" in README
    assert "letters.txt.gz" in LICENCE


@pytest.mark.parametrize(
    "content", [b"", b"plain text", b"\x1f\x8b\x08\x00 and no more"]
)
def test_a_damaged_text_is_called_damaged(tmp_path, content):
    path = tmp_path / "letters.txt.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged or is another file"):
        data.load_text(path)
    with pytest.raises(FileNotFoundError, match=r"none\.gz does not exist"):
        data.load_text("none.gz")
