"""data: the real MNIST, and a text, read from the files beside this one.

`load_data` is called like `keras.datasets.mnist.load_data` and returns the same four
arrays. `load_text` returns the text of lesson 13. They need only NumPy, and no network.
"""

import gzip
import zlib
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

FOLDER = Path(__file__).resolve().parent

WHILE_GRADING = (
    "While an attempt is graded, it can't read files: your functions get the images as "
    "arguments. Call load_data() only in a cell that begins with # %% [show], or under "
    'the line if __name__ == "__main__".'
)
_KEPT = {}
# What a damaged compressed text raises.
UNPACKED = gzip.BadGzipFile, zlib.error

BRING_BACK = "In a copy of this project: git checkout -- lessons/data"

MISSING = f"The lessons' data is missing: {{path}} does not exist. {BRING_BACK}\n{WHILE_GRADING}"
CLOSED = (
    f"Your code can't read this file here: {{path}} is closed to it. {WHILE_GRADING}"
)
DAMAGED = f"{{path}} is damaged or is another file. {BRING_BACK}"


def load_data(path="mnist.npz"):
    """Load MNIST: 60,000 training images and 10,000 test images.

    Args:
        path: the file, relative to the folder of this module, or absolute.

    Returns:
        Tuple of NumPy arrays: `(x_train, y_train), (x_test, y_test)`, all uint8, of
        shapes (60000, 28, 28), (60000,), (10000, 28, 28) and (10000,).

    Raises:
        FileNotFoundError: the file does not exist.
        PermissionError: the file may not be read, as while an attempt is graded.
        ValueError: the file does not contain the four arrays.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_train.dtype, y_train[:3]
        ((60000, 28, 28), dtype('uint8'), array([5, 0, 4], dtype=uint8))
    """
    if path in _KEPT:
        return tuple(tuple(array.copy() for array in pair) for pair in _KEPT[path])
    where = FOLDER / path
    with (
        _explained(where),
        where.open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        x_train, y_train = arrays["x_train"], arrays["y_train"]
        x_test, y_test = arrays["x_test"], arrays["y_test"]
    return (x_train, y_train), (x_test, y_test)


def load_text(path="letters.txt.gz"):
    """Load the text of lesson 13: 150,000 characters, all of them a to z or a space.

    Raises what `load_data` raises, for the same reasons.

    Example:
        >>> text = load_text()
        >>> len(text), len(set(text))
        (150000, 27)
    """
    if path in _KEPT:
        return _KEPT[path]
    where = FOLDER / path
    with _explained(where), where.open("rb") as file:
        text = gzip.decompress(file.read()).decode("ascii")
        if not text:
            raise EOFError
    return text


def keep_data(path="mnist.npz"):
    """Read the file now, so that `load_data` is quick in each forked process."""
    _KEPT[path] = load_data(path)


def keep_text(path="letters.txt.gz"):
    """Read the text now, so that `load_text` needs no file in a forked process."""
    _KEPT[path] = load_text(path)


@contextmanager
def _explained(where):
    """Raise the errors of reading a file with a sentence that says what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(_explain(MISSING, where)) from error
    except PermissionError as error:
        raise PermissionError(_explain(CLOSED, where)) from error
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError, *UNPACKED) as error:
        raise ValueError(_explain(DAMAGED, where)) from error


def _explain(sentence, where):
    """Return the sentence with the file's name, without the folders above the project."""
    name = where.relative_to(FOLDER.parents[1]) if _is_ours(where) else where
    return sentence.format(path=name.as_posix())


def _is_ours(where):
    return where.is_relative_to(FOLDER.parents[1])
