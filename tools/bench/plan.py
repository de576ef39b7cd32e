"""plan: how much is measured."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

Said = Callable[[str], None]

WHOLE_CLASS = 30


class Plan(msgspec.Struct, frozen=True):
    """How much is measured.

    Attributes:
        runs: how often each measurement and its floor are taken.
        short_runs: the same, of two slips and of a cold start without TensorFlow. They
            take less than a second, and medians of five were a tenth apart.
        saves: how often a file is saved for one measurement of ``watch``.
        learners: how many attempts a class hands in.
        photos: how many photos lesson 7 is trained on here.
    """

    runs: int = 5
    short_runs: int = 15
    saves: int = 15
    learners: int = WHOLE_CLASS
    photos: int = 60_000


QUICK = Plan(runs=3, short_runs=5, saves=7, learners=8, photos=10_000)
