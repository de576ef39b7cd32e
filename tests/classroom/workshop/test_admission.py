"""Who waits in a room, and for whom: those who take long leave a place to others."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from grader.checks.attempt import Cancelled
from grader.classroom.workshop.admission import FairQueue, Use
from grader.web.jobs import Job
from tests.support.waiting import LONGEST_S, waited


class Clock:
    """The time in seconds, which passes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Holder:
    """Somebody who waits for a turn in a thread of their own, and holds it."""

    def __init__(
        self, turns: FairQueue, who: str | None, use: Use | None = None
    ) -> None:
        self._job, self._use = Job(threading.Event(), lambda *_: None), use
        self._has, self._ends = threading.Event(), threading.Event()
        self._thread = threading.Thread(
            target=self._hold, args=(turns, who), daemon=True
        )
        self._thread.start()

    def _hold(self, turns: FairQueue, who: str | None) -> None:
        taken = turns.take(self._job, who, use=self._use)
        with contextlib.suppress(Cancelled), taken as begin:
            begin()
            self._has.set()
            deadline = time.monotonic() + 2 * LONGEST_S
            while not self._ends.wait(0.02) and time.monotonic() < deadline:
                if self._use is not None and self._job.cancel.is_set():
                    return

    @property
    def has_it(self) -> bool:
        """Whether it is their turn, or soon is."""
        return self._has.wait(LONGEST_S)

    @property
    def has_now(self) -> bool:
        """Whether it is their turn at this moment."""
        return self._has.is_set()

    @property
    def waits(self) -> bool:
        """Whether it is not their turn, and isn't in a second either."""
        return not self._has.wait(1)

    def end(self, is_wanted: bool = True) -> None:
        if not is_wanted:
            self._job.cancel.set()
        self._ends.set()
        # Sooner than somebody else's turn ends by itself.
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def take_of() -> Iterator[Callable[..., Holder]]:
    """A turn in a row; what is still held at the end is ended."""
    holders = []

    def hold(turns: FairQueue, who: str | None, use: Use | None = None) -> Holder:
        holders.append(Holder(turns, who, use))
        return holders[-1]

    yield hold
    for one in holders:
        one.end(is_wanted=False)


@pytest.fixture
def take(clock: Clock, take_of) -> Callable[[str | None], Holder]:
    """A turn where two have one at a time."""
    turns = FairQueue(2, 8, clock=clock)
    return lambda who: take_of(turns, who)


@pytest.fixture
def take_long(take, clock: Clock) -> Callable[[str | None], None]:
    """Somebody's turn that takes long and ends by itself."""

    def hold(who: str | None) -> None:
        one = take(who)
        assert one.has_it
        clock.now_s += 4
        one.end()

    return hold


def test_those_who_took_long_leave_a_place_to_others(take, take_long) -> None:
    take_long("Ada")
    take_long("Ben")
    ada = take("Ada")
    assert ada.has_it
    ben = take("Ben")
    assert ben.waits
    assert take("Cyd").has_it  # who came after Ben
    ada.end()
    assert ben.has_it


def test_nobody_waits_for_one_who_takes_long(take, take_long, clock) -> None:
    take_long("Ada")
    take_long("Ben")
    assert take("Ada").has_it
    ben = take("Ben")
    assert ben.waits
    clock.now_s += 4
    assert ben.has_it


def test_to_end_it_and_press_again_is_to_take_long(take, clock) -> None:
    for _ in range(2):
        ada = take("Ada")
        assert ada.has_it
        clock.now_s += 2
        ada.end(is_wanted=False)
    ben = take("Ben")
    assert ben.has_it
    clock.now_s += 4
    ben.end()
    assert take("Ada").has_it
    assert take("Ben").waits


def test_to_end_it_before_it_is_ready_makes_up_for_nothing(take_of, clock) -> None:
    turns = FairQueue(2, 8, clock=clock)
    for who in ("Ada", "Ben"):
        one = take_of(turns, who)
        assert one.has_it
        clock.now_s += 4
        one.end()
        ended = Job(threading.Event(), lambda *_: None)
        ended.cancel.set()
        with turns.take(ended, who):
            pass
    assert take_of(turns, "Ada").has_it
    assert take_of(turns, "Ben").waits


def test_one_that_ended_soon_makes_up_for_it(take, take_long) -> None:
    take_long("Ada")
    take_long("Ben")
    ada = take("Ada")
    assert ada.has_it
    ada.end()
    assert take("Ada").has_it
    assert take("Ben").has_it


def test_what_nobody_is_named_for_took_nobody_long(take, take_long) -> None:
    take_long(None)
    assert take(None).has_it
    assert take(None).has_it


def test_there_is_an_end_to_those_that_do_not_count(take_of, clock: Clock) -> None:
    turns = FairQueue(1, 2, clock=clock)
    ada = take_of(turns, "Ada")
    for holder in (ada, take_of(turns, "Ben")):
        clock.now_s += 4
        assert holder.has_it
    clock.now_s += 4
    cyd = take_of(turns, "Cyd")
    assert cyd.waits
    ada.end()
    assert cyd.has_it


def test_where_one_has_it_at_a_time_who_took_long_has_it_again(take_of, clock) -> None:
    turns = FairQueue(1, 1, clock=clock)
    for _ in range(2):
        ada = take_of(turns, "Ada")
        assert ada.has_it
        clock.now_s += 4
        ada.end()


def test_who_waits_no_more_has_left_the_row(take_of, clock: Clock) -> None:
    turns = FairQueue(1, 1, clock=clock)
    ada, ben = take_of(turns, "Ada"), take_of(turns, "Ben")
    assert ada.has_it
    assert ben.waits
    ben.end(is_wanted=False)
    cyd = take_of(turns, "Cyd")
    ada.end()
    assert cyd.has_it


def test_what_has_taken_half_of_its_time_is_late(clock: Clock) -> None:
    turns = FairQueue(2, 8, soon_s=1.0, clock=clock)
    job = Job(threading.Event(), lambda *_: None)
    with turns.take(job) as begin:
        begin()
        clock.now_s += 0.4
        with turns.take(job) as begin:
            begin()
            assert turns.late == 0
            clock.now_s += 0.2
            assert turns.late == 1
            clock.now_s += 0.4
            assert turns.late == 2
    assert turns.late == 0


def test_who_waits_can_have_something_done_meanwhile(clock: Clock) -> None:
    turns, waited = FairQueue(1, 8, clock=clock), []
    job = Job(threading.Event(), lambda *_: None)

    def pass_time() -> None:
        waited.append(clock.now_s)
        clock.now_s += 2

    with turns.take(job) as begin:
        begin()
        with turns.take(job, on_waiting=pass_time):
            pass
    assert waited == [100.0, 102.0]


def test_the_time_does_not_run_while_something_is_made_ready(clock: Clock) -> None:
    turns = FairQueue(1, 8, soon_s=1.0, clock=clock)
    job = Job(threading.Event(), lambda *_: None)
    places: list[float] = []

    def pass_time() -> None:
        places.append(turns.late)
        clock.now_s += 2
        if len(places) == 3:
            begin()

    ben = turns.take(job, "Ben", on_waiting=pass_time)
    with turns.take(job, "Ada") as begin, ben:
        pass
    # Ben waited three times for Ada's to be ready, and then until it counted no more.
    assert places == [0, 0, 0, 0]


def uses(*seconds: float) -> list[Use]:
    """What has taken so many CPU seconds each."""
    return [Use(lambda took_s=took_s: took_s) for took_s in seconds]


@pytest.mark.promise("room-long-runs")
def test_for_who_has_waited_the_one_that_computed_most_ends(take_of, clock) -> None:
    turns, (ada, ben, cyd) = FairQueue(3, 3, clock=clock), uses(4, 6, 5)
    for who, use in (("Ada", ada), ("Ben", ben), ("Cyd", cyd)):
        assert take_of(turns, who, use).has_it
    clock.now_s += 10.5
    dee = take_of(turns, "Dee", *uses(0))
    assert dee.waits
    assert not any(use.was_ended for use in (ada, ben, cyd))
    clock.now_s += 3
    assert dee.has_it
    assert [use.was_ended for use in (ada, ben, cyd)] == [False, True, False]


@pytest.mark.promise("room-long-runs")
def test_nothing_is_ended_that_has_not_taken_long(take_of, clock) -> None:
    turns, (ada,) = FairQueue(1, 1, clock=clock), uses(9)
    assert take_of(turns, "Ada", ada).has_it
    ben = take_of(turns, "Ben")
    clock.now_s += 9.5
    assert ben.waits
    assert not ada.was_ended
    clock.now_s += 1
    assert ben.has_it


@pytest.mark.promise("room-long-runs")
def test_what_trains_is_not_ended(take_of, clock) -> None:
    turns, (ada, ben) = FairQueue(2, 2, clock=clock), uses(9, 5)
    ada.is_protected = True
    assert take_of(turns, "Ada", ada).has_it
    assert take_of(turns, "Ben", ben).has_it
    clock.now_s += 11
    cyd, dee = take_of(turns, "Cyd"), take_of(turns, "Dee")
    clock.now_s += 3
    # One of the two has the place of Ben's, and nobody ends what Ada has.
    assert waited(lambda: cyd.has_now or dee.has_now)
    assert cyd.waits != dee.waits
    clock.now_s += 11
    assert [ada.was_ended, ben.was_ended] == [False, True]


def test_those_who_took_long_leave_a_place_of_all(take_of, clock) -> None:
    turns = FairQueue(2, 3, clock=clock)
    for who in ("Ada", "Ben", "Cyd"):
        one = take_of(turns, who)
        assert one.has_it
        clock.now_s += 4
        one.end()
    for who in ("Ada", "Ben"):
        assert take_of(turns, who).has_it
        clock.now_s += 4
    # Nobody counts any more, and two of three places are taken.
    assert take_of(turns, "Cyd").waits
    assert take_of(turns, "Dee").has_it
