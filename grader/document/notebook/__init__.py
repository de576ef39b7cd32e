"""notebook: a notebook as the Python that is graded in its place.

A notebook is somebody else's file. It is read within bounds; what its cells showed is
never looked at, and nothing of it is run.
"""

from grader.document.notebook.conversion import Converted, convert
from grader.document.notebook.reading import NotebookCell, read_cells

__all__ = [
    "Converted",
    "NotebookCell",
    "convert",
    "read_cells",
]
