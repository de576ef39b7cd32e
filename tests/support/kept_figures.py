"""A page that draws, and figures kept of it."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec

from grader.course.document.cells import Document
from grader.course.document.kept_figures import (
    FOLDER,
    LIST,
    KeptFigure,
    source_version,
)

PAGE = """# %% [markdown]
# # A page
# %%
n = 1
# %% id="1a"
PREDICT = {"end": ...}
# %% [figure]
draw(n)
# %% [figure] reveals="end"
draw(n + 1)
plt.show()
"""
WRITTEN = PAGE.replace("...", "3")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def keep(lesson: Path, page: str, *, is_of_solution: bool = False) -> list[KeptFigure]:
    """Put a figure for each cell that draws into the folder of a lesson."""
    folder = lesson / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    cells = Document.from_python(page).code_cells
    kept = [
        KeptFigure(
            str(number),
            cell.version,
            source_version(cells, cell),
            f"What {number} shows.",
            width=700,
            height=300,
            has_dark=True,
            is_of_solution=is_of_solution,
        )
        for number, cell in enumerate((x for x in cells if x.role == "figure"), 1)
    ]
    (folder / LIST).write_bytes(msgspec.json.encode(kept))
    for name in (name for one in kept for name in one.files):
        (folder / name).write_bytes(PNG)
    return kept
