"""admission: a fair queue for gradings and runs."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator

import msgspec

from grader.checks.attempt import Cancelled
from grader.common.errors import Misuse
from grader.web.jobs import Job

SOON_S = 3.0
# After waiting this long, a learner may have a job ended that has run for longer than
# LONG_S.
PATIENCE_S, LONG_S = 3.0, 10.0
MOST_WAITING = 300
_LOOK_S = 0.2


class Use(msgspec.Struct, eq=False):
    """The purpose of a turn that may be ended so that others have one.

    Attributes:
        cpu_s: returns the CPU seconds that it has used so far.
        is_protected: whether it must not be ended, whatever it uses.
        was_ended: whether it was ended.
    """

    cpu_s: Callable[[], float]
    is_protected: bool = False
    was_ended: bool = False


# Compare by identity, because two turns of one person may have equal fields.
class Turn(msgspec.Struct, eq=False):
    """Somebody's turn.

    Attributes:
        who: the person.
        is_long: whether their last one took long.
        job: their job.
        use: its purpose, if it may be ended for somebody else.
        begun_s: when they began; infinite until then.
    """

    who: object
    is_long: bool
    job: Job
    use: Use | None = None
    begun_s: float = math.inf


class FairQueue:
    """Let a limited number of jobs run at a time; report their place to those who wait.

    The place is 0 at the end. A job that has run for some seconds isn't counted, so
    that an endless loop doesn't block others. Its time doesn't include preparation: on
    a slow machine, more jobs would make this even slower. If somebody had a long job,
    they leave one place to others the next time. If long jobs take all places, the one
    that has used the most CPU time is ended for somebody who has waited, if that is
    allowed.

    Args:
        most: how many counted jobs run at a time.
        at_once: how many run at a time including those that aren't counted.
        soon_s: for how long a job is counted.
        clock: returns the time in seconds.
    """

    def __init__(
        self,
        most: int,
        at_once: int,
        soon_s: float = SOON_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most, self._at_once = most, at_once
        self._soon_s, self._clock = soon_s, clock
        self._waiting: list[Turn] = []
        self._begun: list[Turn] = []
        # How much time each person has used since their last job that ended by itself
        # and soon.
        self._taken_s: dict[object, float] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def take(
        self,
        job: Job,
        learner: object = None,
        on_waiting: Callable[[], None] = lambda: None,
        use: Use | None = None,
    ) -> Iterator[Callable[[], None]]:
        """Wait for a turn, and have it until the block ends.

        Its time begins when the function that this provides is called.

        Args:
            job: gets the place, and its cancellation ends the wait.
            learner: the person who waits.
            on_waiting: called regularly during the wait.
            use: the purpose; None if the turn must not be ended for others.

        Raises:
            Cancelled: if the job was cancelled.
            Misuse: if too many are waiting.
        """
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                raise Misuse("Too many are waiting already. Try again in a moment.")
            turn = Turn(
                learner, self._taken_s.get(learner, 0.0) > self._soon_s, job, use
            )
            self._waiting.append(turn)
            try:
                self._wait(turn, job, on_waiting)
                self._begun.append(turn)
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()

        def begin() -> None:
            turn.begun_s = self._clock()

        try:
            yield begin
        finally:
            with self._changed:
                self._begun.remove(turn)
                self._remember(turn, was_ended=job.cancel.is_set())
                self._changed.notify_all()

    @property
    def late(self) -> int:
        """How many have run for over half of their time, so may well go on."""
        with self._changed:
            return len(self._begun) - len(self._begun_within(self._soon_s / 2))

    def _begun_within(self, seconds: float) -> list[Turn]:
        now_s = self._clock()
        return [one for one in self._begun if now_s - one.begun_s < seconds]

    def _wait(self, turn: Turn, job: Job, on_waiting: Callable[[], None]) -> None:
        shown_place, since_s = 0, self._clock()
        while not self._may_begin(turn):
            if job.cancel.is_set():
                raise Cancelled
            place = self._waiting.index(turn) + 1
            if place != shown_place:
                job.publish("waiting", {"place": place})
                shown_place = place
            on_waiting()
            if self._clock() - since_s >= PATIENCE_S:
                self._end_one()
            # Pressing Stop doesn't notify this thread, and neither does a job that
            # becomes long.
            self._changed.wait(_LOOK_S)
        if shown_place:
            job.publish("waiting", {"place": 0})

    def _may_begin(self, turn: Turn) -> bool:
        """Return whether there is room, and no earlier turn could use it."""
        counted = self._begun_within(self._soon_s)
        if len(counted) >= self.most or len(self._begun) >= self._at_once:
            return False
        # People with long jobs leave one place free, if there are two.
        is_left = all(
            sum(one.is_long for one in taken) < max(1, most - 1)
            for taken, most in ((counted, self.most), (self._begun, self._at_once))
        )
        if is_left:
            return self._waiting[0] is turn
        return next((one for one in self._waiting if not one.is_long), None) is turn

    def _end_one(self) -> None:
        """End the long job that has used the most CPU time."""
        long_ago_s = self._clock() - LONG_S
        costliest: tuple[float, Turn, Use] | None = None
        for turn in self._begun:
            if turn.use is None:
                continue
            if turn.use.was_ended:  # its place will be free in a moment
                return
            if turn.use.is_protected or turn.begun_s > long_ago_s:
                continue
            used_s = turn.use.cpu_s()
            if costliest is None or used_s > costliest[0]:
                costliest = used_s, turn, turn.use
        if costliest is not None:
            _, turn, use = costliest
            use.was_ended = True
            turn.job.cancel.set()

    def _remember(self, turn: Turn, was_ended: bool) -> None:
        # Pressing Stop and starting again adds up, so it still counts as long.
        took_s = max(0.0, self._clock() - turn.begun_s)
        if took_s <= self._soon_s and not was_ended:
            self._taken_s.pop(turn.who, None)
        elif turn.who is not None:
            self._taken_s[turn.who] = self._taken_s.get(turn.who, 0.0) + took_s
