"""data: the real MNIST, read from the file beside this one.

`load_data` is called like `keras.datasets.mnist.load_data` and returns the same four
arrays. It needs numpy alone, and no network.
"""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

FOLDER = Path(__file__).resolve().parent

WHILE_GRADING = """
If this happened while your attempt was graded: no file can be read there. The photos
come to your functions as arguments. Call load_data() only below the line
    if __name__ == "__main__":"""

MISSING = f"""The photos are not where they should be: {{path}} does not exist.
In a copy of this project, bring the file back with: git checkout -- lessons/data
{WHILE_GRADING}"""

CLOSED = f"""The photos cannot be read here: {{path}} is closed to this process.
{WHILE_GRADING}"""

DAMAGED = """The photos cannot be read: {path} is damaged or is another file.
In a copy of this project, bring it back with: git checkout -- lessons/data"""


def load_data(path="mnist.npz"):
    """Load MNIST, 60,000 photos to train with and 10,000 to test with.

    Args:
        path: the file, relative to the folder of this module, or absolute.

    Returns:
        Tuple of NumPy arrays: `(x_train, y_train), (x_test, y_test)`, all uint8, of
        shapes (60000, 28, 28), (60000,), (10000, 28, 28) and (10000,).

    Raises:
        FileNotFoundError: the file does not exist.
        PermissionError: the file may not be read, as while an attempt is graded.
        ValueError: the file does not hold the four arrays.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_train.dtype, y_train[:3]
        ((60000, 28, 28), dtype('uint8'), array([5, 0, 4], dtype=uint8))
    """
    where = FOLDER / path
    try:
        with np.load(where, allow_pickle=False) as arrays:
            x_train, y_train = arrays["x_train"], arrays["y_train"]
            x_test, y_test = arrays["x_test"], arrays["y_test"]
    except FileNotFoundError as error:
        raise FileNotFoundError(_explain(MISSING, where)) from error
    except PermissionError as error:
        raise PermissionError(_explain(CLOSED, where)) from error
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise ValueError(_explain(DAMAGED, where)) from error
    return (x_train, y_train), (x_test, y_test)


def _explain(sentence, where):
    """The sentence with the file's name, and not the folders above the project's."""
    name = where.relative_to(FOLDER.parents[1]) if _is_ours(where) else where
    return sentence.format(path=name.as_posix())


def _is_ours(where):
    return where.is_relative_to(FOLDER.parents[1])
