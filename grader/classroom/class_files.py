"""class_files: read what a class keeps in its folder, beside what was handed in.

That is a roster, points given by hand, and due dates. The folder may have been made by
somebody else, so a link in it is not followed, and a pipe or a device is not read.
"""

from __future__ import annotations

from pathlib import Path

from grader import files
from grader.document import no_links
from grader.errors import Misuse

LARGEST = 20_000_000


def read_class_file(path: Path, *, is_named: bool = False) -> bytes | None:
    """Return the content of a file in a class's folder; None where there is none.

    Args:
        path: the file.
        is_named: the instructor named it, and it may be a link of theirs.

    Raises:
        Misuse: it is a link or no regular file, too large, or cannot be read.
    """
    try:
        if is_named:
            content = files.read(path, LARGEST + 1)
        else:
            if no_links.look(path.parent, path) is None:
                return None
            with no_links.open_file(path.parent, path) as file:
                content = file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(no_links.describe_unread(path, error)) from error
    if len(content) > LARGEST:
        raise Misuse(f"{path} is larger than {LARGEST // 10**6} MB. Is it the file?")
    return content
