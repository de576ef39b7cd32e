"""admission: a fair queue for gradings and runs."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator

import msgspec

from grader.attempt import Cancelled
from grader.errors import Misuse
from grader.web.jobs import Job

SOON_S = 3.0
# Who has waited so long has one ended that has been at it for longer than that.
PATIENCE_S, LONG_S = 3.0, 10.0
MOST_WAITING = 300
_LOOK_S = 0.2


class Use(msgspec.Struct, eq=False):
    """What a turn is used for, where it may be ended so that others have one.

    Attributes:
        cpu_s: the CPU seconds that it has taken so far.
        is_kept: whether it is not ended whatever it takes.
        was_ended: whether it was.
    """

    cpu_s: Callable[[], float]
    is_kept: bool = False
    was_ended: bool = False


# By identity: two turns of one person may be equal in everything.
class Turn(msgspec.Struct, eq=False):
    """Somebody's turn.

    Attributes:
        who: whose it is.
        is_long: whether their last one took long.
        job: what they do.
        use: what for, where somebody else may have it ended.
        begun_s: since when they use it; infinite until then.
    """

    who: object
    is_long: bool
    job: Job
    use: Use | None = None
    begun_s: float = math.inf


class FairQueue:
    """So many do something at a time; whoever waits is told their place, 0 at the end.

    One that has been at it for some seconds does not count: a loop without an end
    keeps nobody waiting. Its time does not run while something is made ready for it: on
    a machine that is slow at this, more of the same would make it slower. Whoever had
    such a one the last time leaves one place to others the next time. And where all
    places are taken by such ones, the one that has computed most is ended for somebody
    who has waited, if it may be.

    Args:
        most: how many at a time, of those that count.
        at_once: how many with those that do not count.
        soon_s: so long one counts.
        clock: the time in seconds.
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
        # What somebody took, of all since the last that ended by itself and soon.
        self._taken_s: dict[object, float] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def take(
        self,
        job: Job,
        who: object = None,
        on_waiting: Callable[[], None] = lambda: None,
        use: Use | None = None,
    ) -> Iterator[Callable[[], None]]:
        """Wait for a turn, and have it for as long as this lasts.

        Its time runs from when what is handed out is called.

        Args:
            job: told the place, and ends the waiting.
            who: the one that waits.
            on_waiting: called now and then while it is waited for.
            use: what it is used for; None for what nobody else may end.

        Raises:
            Cancelled: nobody waits for it any more.
            Misuse: too many wait.
        """
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                raise Misuse("Too many wait for this. Try again in a moment.")
            turn = Turn(who, self._taken_s.get(who, 0.0) > self._soon_s, job, use)
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
        """How many have taken half of their time, and are not expected to end soon."""
        with self._changed:
            return len(self._begun) - len(self._begun_within(self._soon_s / 2))

    def _begun_within(self, seconds: float) -> list[Turn]:
        now_s = self._clock()
        return [one for one in self._begun if now_s - one.begun_s < seconds]

    def _wait(self, turn: Turn, job: Job, on_waiting: Callable[[], None]) -> None:
        said, since_s = 0, self._clock()
        while not self._may_begin(turn):
            if job.cancel.is_set():
                raise Cancelled
            place = self._waiting.index(turn) + 1
            if place != said:
                job.publish("waiting", {"place": place})
                said = place
            on_waiting()
            if self._clock() - since_s >= PATIENCE_S:
                self._end_one()
            # Nobody notifies of a press on Stop, nor when one has been at it for long.
            self._changed.wait(_LOOK_S)
        if said:
            job.publish("waiting", {"place": 0})

    def _may_begin(self, turn: Turn) -> bool:
        """Return whether there is room, and none before it in the row could have it."""
        counted = self._begun_within(self._soon_s)
        if len(counted) >= self.most or len(self._begun) >= self._at_once:
            return False
        # Those that took long leave one place free, where there are two.
        is_left = all(
            sum(one.is_long for one in taken) < max(1, most - 1)
            for taken, most in ((counted, self.most), (self._begun, self._at_once))
        )
        if is_left:
            return self._waiting[0] is turn
        return next((one for one in self._waiting if not one.is_long), None) is turn

    def _end_one(self) -> None:
        """End the one that has computed most, of those that have taken long."""
        long_ago_s = self._clock() - LONG_S
        found: tuple[float, Turn, Use] | None = None
        for one in self._begun:
            if one.use is None:
                continue
            if one.use.was_ended:  # its place is free in a moment
                return
            if one.use.is_kept or one.begun_s > long_ago_s:
                continue
            used_s = one.use.cpu_s()
            if found is None or used_s > found[0]:
                found = used_s, one, one.use
        if found is not None:
            _, turn, use = found
            use.was_ended = True
            turn.job.cancel.set()

    def _remember(self, turn: Turn, was_ended: bool) -> None:
        # Who presses Stop and then the same again has still taken long, added up.
        took_s = max(0.0, self._clock() - turn.begun_s)
        if took_s <= self._soon_s and not was_ended:
            self._taken_s.pop(turn.who, None)
        elif turn.who is not None:
            self._taken_s[turn.who] = self._taken_s.get(turn.who, 0.0) + took_s
