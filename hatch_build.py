"""hatch_build: the course as data in its wheel, outside of site-packages.

Attempts may read site-packages, so no solution belongs there. An editable install gets
no copy at all: its course is the folder that it was made from.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

# In the environment's folder, where installers put what is no code.
_PLACE = Path("share", "cross-entropy-lessons")


class CourseMetadataHook(MetadataHookInterface):
    """Require the grader of the same version, and what learners run besides."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the requirements to the course's metadata."""
        grader = f"lesson-grader[keras]=={metadata['version']}"
        metadata["dependencies"] = [grader, "pytest>=9"]


class CourseBuildHook(BuildHookInterface):
    """Add the course's files to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them as shared data, unless the install is editable."""
        if version != "standard":
            return
        root = Path(self.root)
        inside = (
            path
            for part in ("lessons", "solutions")
            for path in (root / part).rglob("*")
        )
        for path in (root / "course.toml", *inside):
            if path.is_file() and path.parent.name != "__pycache__":
                place = _PLACE / path.relative_to(root)
                build_data["shared_data"][str(path)] = place.as_posix()
