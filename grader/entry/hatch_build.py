"""hatch_build: what a wheel has: the package `grader`, and beside it its starter.

The setting `sources` would put the starter into the package, too, and what the setting
`force-include` names is copied into an editable install.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilderConfig

_STARTER = "lesson_grader.py"


class GraderBuildHook(BuildHookInterface[WheelBuilderConfig]):
    """Say where each part of the grader goes."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the parts to a wheel, unless the install is editable."""
        if version != "standard":
            return
        root = Path(self.root)
        parts = [path.parent for path in root.glob("*/__init__.py")]
        parts += [*root.glob("*.py"), root / "py.typed"]
        places = {str(path): f"grader/{path.name}" for path in parts}
        places[str(root / "entry" / _STARTER)] = _STARTER
        build_data["force_include"] |= places
