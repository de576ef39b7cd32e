"""slip: what an author states of a slip."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.mutations.patterns import BadSlip, Pattern, pattern

_ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Slip:
    """An edit with the sentence that names it.

    Attributes:
        name: stable, and the same wherever it is made: ``bits``, ``missing minus``.
        sentence: what the learner is told. It holds wherever the edit applies, beside
            any other one, and so states no number of the answer.
        edits: what is looked for and what is put there, as code; any of them.
    """

    name: str
    sentence: str
    edits: tuple[str, ...]

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The edits, read."""
        return tuple(pattern(*edit.split(_ARROW)) for edit in self.edits)


def slip(name: str, sentence: str, *edits: str) -> Slip:
    """Declare a slip: ``slip("bits", "...", "np.log(_) -> np.log2(_)")``.

    Raises:
        BadSlip: it has no sentence or no edit, or an edit cannot be read.
    """
    if not sentence.strip() or not edits:
        raise BadSlip(f"the slip {name!r} needs a sentence and an edit")
    if re.search(r"{\w*}", sentence):
        raise BadSlip(
            f"the slip {name!r} states a number; beside another slip it may be untrue"
        )
    for edit in edits:
        if edit.count(_ARROW) != 1:
            raise BadSlip(
                f"the slip {name!r} says {edit!r}; write it as 'before -> after'"
            )
    declared = Slip(name, sentence, edits)
    assert declared.patterns  # read once, so that what is no Python is told here
    return declared
