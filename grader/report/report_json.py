"""report_json: a report as JSON, and back, also from an earlier version."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from grader.report import SCHEMA_VERSION, Report
from grader.sandbox.isolation.policy import Isolation

# How the first version of a report named them, in words that began so.
_FORMER_NAMES = {
    "Landlock": Isolation.LANDLOCK,
    "seccomp": Isolation.SECCOMP,
    "resource limits": Isolation.RLIMITS,
    "bubblewrap": Isolation.BUBBLEWRAP,
}


def to_json(report: Report) -> bytes:
    """Return a report as JSON, with its score beside its parts."""
    data = msgspec.to_builtins(report)
    # Worked out, so no field; who reads the JSON should not have to do it again.
    data["score"], data["points"] = report.score, report.points
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def from_json(text: bytes) -> Report:
    """Read a report back, also one that was written in an earlier version.

    Raises:
        msgspec.ValidationError: the text is not a report of this schema.
    """
    report = msgspec.json.decode(text, type=Report)
    if report.schema_version >= SCHEMA_VERSION:
        return report
    names = msgspec.json.decode(text, type=_FirstVersion).walls
    found = tuple(
        part
        for name, part in _FORMER_NAMES.items()
        if any(words.startswith(name) for words in names)
    )
    return replace(
        report, isolation=found if names else None, schema_version=SCHEMA_VERSION
    )


class _FirstVersion(msgspec.Struct):
    """What the first version of a report said in another way."""

    walls: tuple[str, ...] = ()


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a report."""
    return msgspec.json.schema(Report)
