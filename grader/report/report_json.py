"""report_json: a report as JSON, and back, including JSON of an earlier version."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from grader.report import SCHEMA_VERSION, Report
from grader.sandbox.isolation.policy import Isolation

# The first version described each sandbox layer in words that begin like this.
_FORMER_NAMES = {
    "Landlock": Isolation.LANDLOCK,
    "seccomp": Isolation.SECCOMP,
    "resource limits": Isolation.RLIMITS,
    "bubblewrap": Isolation.BUBBLEWRAP,
}


def to_json(report: Report) -> bytes:
    """Return a report as JSON, including its score and its points."""
    data = msgspec.to_builtins(report)
    # They are computed, so they aren't fields; readers of the JSON needn't repeat this.
    data["score"], data["points"] = report.score, report.points
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def from_json(text: bytes) -> Report:
    """Read a report, even if an earlier version wrote it.

    Raises:
        msgspec.ValidationError: if the text isn't a report of this schema.
    """
    report = msgspec.json.decode(text, type=Report)
    if report.schema_version >= SCHEMA_VERSION:
        return report
    walls = msgspec.json.decode(text, type=_FirstVersion).walls
    isolation = tuple(
        layer
        for former_name, layer in _FORMER_NAMES.items()
        if any(wall.startswith(former_name) for wall in walls)
    )
    return replace(
        report, isolation=isolation if walls else None, schema_version=SCHEMA_VERSION
    )


class _FirstVersion(msgspec.Struct):
    """The parts of a report that the first version wrote differently."""

    walls: tuple[str, ...] = ()


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a report."""
    return msgspec.json.schema(Report)
