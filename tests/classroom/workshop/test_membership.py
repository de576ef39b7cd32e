"""Who is who in a room, what is kept of them, and the bounds of all that."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

from grader.classroom.workshop import credentials
from grader.classroom.workshop.credentials import RateLimiter
from grader.classroom.workshop.membership import Membership, Refused, Wait

HERE = "192.168.1.2"
TWO = "learner,name\nada,Ada Lovelace\ngrace,Grace Hopper\n"


@pytest.fixture
def membership(tmp_path: Path) -> Membership:
    return Membership(tmp_path / "room")


@pytest.fixture
def listed(tmp_path: Path) -> Membership:
    """A room with a roster of two."""
    roster = tmp_path / "class.csv"
    roster.write_text(TWO)
    return Membership(tmp_path / "room", roster)


def join(membership: Membership, name: str, number: str = "") -> tuple[str, str]:
    """Let somebody in; their id, and their token."""
    one, token = membership.join(membership.state.code, name, "", HERE, number)
    return one.id, token


def ids(membership: Membership) -> list[str]:
    return [one.id for one in membership.members]


def test_of_many_devices_the_last_eight_are_known(membership: Membership) -> None:
    ada, first = join(membership, "Ada")
    code = membership.member(ada).return_code
    tokens = [first, *(membership.come_back(code, HERE)[1] for _ in range(8))]
    assert membership.member_with_token(tokens[0]) is None
    found = [membership.member_with_token(token) for token in tokens[1:]]
    assert [one.id for one in found if one] == [ada] * 8


def test_who_comes_back_is_as_they_were(tmp_path: Path, membership: Membership) -> None:
    ada, bob = (join(membership, name)[0] for name in ("Ada", "Bob"))
    before = membership.member(ada)
    membership.come_back(before.return_code.lower(), HERE)
    after = membership.member(ada)
    assert (after.return_code, after.joined_at) == (
        before.return_code,
        before.joined_at,
    )
    assert ids(membership) == [ada, bob]
    again = Membership(tmp_path / "room")
    assert again.state == membership.state
    again.rename(ada, "Zoë")
    assert [(one.id, one.name) for one in again.members] == [(ada, "Zoë"), (bob, "Bob")]


def test_a_room_has_room_for_so_many(
    listed: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.classroom.workshop.membership.MOST_MEMBERS", 3)
    bob, _ = join(listed, "Bob")
    with pytest.raises(Refused, match="full") as refused:
        join(listed, "Eve")
    assert refused.value.status == 409
    assert join(listed, "Ada Lovelace")[0] == "ada"  # who is expected still comes in
    assert ids(listed) == ["ada", "grace", bob]


def test_a_typed_name_of_the_roster_is_that_one_once(listed: Membership) -> None:
    assert join(listed, " ada  LOVELACE ")[0] == "ada"
    with pytest.raises(Refused, match="return code") as refused:
        join(listed, "Ada Lovelace")
    assert refused.value.status == 409


def test_for_a_name_that_the_roster_has_twice_a_number_is_needed(
    tmp_path: Path,
) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("learner,name\na1,Ada\na2,Ada\n")
    membership = Membership(tmp_path / "room", roster)
    for wrong in ("", "a", "a3"):
        with pytest.raises(Refused, match="Several people on the list"):
            join(membership, "Ada", wrong)
    assert join(membership, "ADA", "A2")[0] == "a2"
    assert join(membership, "Ada B")[0] not in ("a1", "a2")  # somebody else


@pytest.mark.promise("room-folders")
def test_the_id_of_a_typed_name_has_nothing_of_the_name(listed: Membership) -> None:
    names = ("Eve", "李明", "José", "learner-7", "lesson3", "..", "Grace Hopper")
    found = [join(listed, name)[0] for name in names]
    assert found == [*(f"learner-{number}" for number in range(1, 7)), "grace"]


def test_a_folder_that_is_there_already_is_no_newcomers(
    tmp_path: Path, membership: Membership
) -> None:
    for name in ("Learner-1", "learner-4", "learner-999999999", "learner-1000000000"):
        (tmp_path / "room" / name).mkdir()
    assert join(membership, "Ada")[0] == "learner-1000000001"


def test_a_room_from_before_keeps_its_ids(
    tmp_path: Path, membership: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(
            "grader.classroom.workshop.membership.next_folder", lambda *_: "ada"
        )
        join(membership, "Ada")
    again = Membership(tmp_path / "room")
    join(again, "Bob")
    assert ids(again) == ["ada", "learner-1"]


def test_a_roster_that_comes_again_lists_nobody_twice(tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("learner,name\nada,Ada\na/b,Grace Hopper\n")
    for _ in range(2):
        membership = Membership(tmp_path / "room", roster)
        assert ids(membership) == ["ada", "learner-1"]
    roster.write_text("learner,name\nlearner-1,Grace\nbob,Bob\n")
    assert ids(Membership(tmp_path / "room", roster)) == ["ada", "learner-1", "bob"]


def test_of_two_who_are_one_both_tokens_and_one_code_are_good(
    listed: Membership,
) -> None:
    other, token = join(listed, "Ada L.")
    code = listed.member(other).return_code
    listed.merge(other, "ada")
    found = listed.member_with_token(token)
    assert found is not None
    assert (found.id, found.return_code) == ("ada", code)
    assert listed.come_back(code, HERE)[0].id == "ada"


def test_who_was_merged_twice_is_led_on(membership: Membership) -> None:
    ada, bob, cyd = (join(membership, name)[0] for name in ("Ada", "Bob", "Cyd"))
    membership.merge(ada, bob)
    membership.merge(bob, cyd)
    known = [membership.current_id(name) for name in (ada, bob, cyd, "eve")]
    assert known == [cyd, cyd, cyd, "eve"]


def test_two_who_are_one_have_no_more_tokens_than_one(membership: Membership) -> None:
    ada, bob = (join(membership, name)[0] for name in ("Ada", "Bob"))
    for one in (ada, bob):
        for _ in range(7):
            membership.come_back(membership.member(one).return_code, HERE)
    membership.merge(ada, bob)
    assert len(membership.member(bob).tokens) == 8


def test_a_new_code_opens_a_room_that_was_closed(membership: Membership) -> None:
    membership.set_open(False)
    with pytest.raises(Refused, match="closed"):
        join(membership, "Ada")
    membership.change_code()
    join(membership, "Ada")
    assert [one.name for one in membership.joined] == ["Ada"]


@pytest.mark.promise("room-code")
def test_of_many_wrong_codes_few_a_second_are_looked_at(membership: Membership) -> None:
    begun, looked_at = time.monotonic(), 0
    for _ in range(500):
        with pytest.raises(Refused) as refused:
            membership.join("WRONGG", "Eve", "", "192.168.1.66")
        assert refused.value.status in (403, 429)
        looked_at += refused.value.status == 403
    assert looked_at <= 10 + 20 * (time.monotonic() - begun + 1)
    with pytest.raises(Wait):  # a right one does not show among so many, either
        membership.join(membership.state.code, "Eve", "", "192.168.1.66")
    join(membership, "Ada")
    assert [one.name for one in membership.joined] == ["Ada"]


@pytest.mark.promise("room-ids")
def test_nobody_has_the_id_of_somebody_who_was_taken_out(
    tmp_path: Path, membership: Membership
) -> None:
    first, _ = join(membership, "Bob")
    membership.remove(first)
    second, _ = join(membership, "Bob")
    membership.remove_all({second})
    again = Membership(tmp_path / "room")
    third, _ = join(again, "BOB")
    assert len({first, second, third}) == 3


@pytest.mark.promise("room-ids")
def test_nobody_has_the_id_of_somebody_who_was_merged(membership: Membership) -> None:
    ada, bob = (join(membership, name)[0] for name in ("Ada", "Bob"))
    membership.merge(bob, ada)
    assert join(membership, "Bob")[0] not in (ada, bob)
    assert membership.current_id(bob) == ada


@pytest.mark.promise("room-ids")
@pytest.mark.parametrize(
    ("first", "second"),
    [("Ada", "ada"), ("jos\u00e9", "jose\u0301"), ("STRASSE", "straße")],
    ids=["case", "NFC and NFD", "sharp s"],
)
def test_no_two_have_ids_that_a_class_takes_for_one(
    first: str, second: str, tmp_path: Path
) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text(f"learner,name\n{first},One\n")
    Membership(tmp_path / "room", roster)
    roster.write_text(f"learner,name\n{second},Two\n")
    assert ids(Membership(tmp_path / "room", roster)) == [first, "learner-1"]


def test_a_roster_that_comes_again_from_a_mac_lists_nobody_twice(
    tmp_path: Path,
) -> None:
    roster = tmp_path / "class.csv"
    for form in ("NFC", "NFD"):
        row = unicodedata.normalize(form, "jos\u00e9,Jos\u00e9")
        roster.write_text(f"learner,name\n{row}\n")
        membership = Membership(tmp_path / "room", roster)
        assert ids(membership) == ["jos\u00e9"]


@pytest.mark.promise("room-ids")
@pytest.mark.parametrize(
    "name",
    ["", " ", "\t\n", "\u200b", "\x00", "\u3164", "\u2800", "\u00ad\u2060", "\u0301"],
    ids=ascii,
)
def test_a_name_that_nobody_sees_is_none(name: str, membership: Membership) -> None:
    with pytest.raises(Refused, match="in letters that can be seen") as refused:
        join(membership, name)
    assert refused.value.status == 400
    ada, _ = join(membership, "Ada")
    with pytest.raises(Refused):
        membership.rename(ada, name)
    assert [one.name for one in membership.members] == ["Ada"]


def test_a_new_name_is_told_apart_from_those_that_others_have(
    membership: Membership,
) -> None:
    people = ("Noah", "Mia", "Noah", "Noah")
    _, mia, second, _ = (join(membership, name)[0] for name in people)
    membership.rename(mia, "noah")
    membership.remove(second)
    join(membership, "Noah")
    names = [one.name for one in membership.members]
    assert names == ["Noah", "noah (4)", "Noah (3)", "Noah (5)"]
    membership.rename(mia, "Mia")
    membership.rename(mia, "Mia")  # nobody else is
    assert membership.member(mia).name == "Mia"


def test_two_names_that_look_the_same_are_told_apart(listed: Membership) -> None:
    join(listed, "Eve")
    join(listed, "E\u200bve")
    assert [one.name.endswith(" (2)") for one in listed.joined] == [False, True]
    # Whoever types a name of the roster is that one, also with a sign that is not seen.
    assert join(listed, "Ada\u2060 Lovelace")[0] == "ada"


@pytest.mark.promise("room-newcomers")
def test_beyond_60_newcomers_of_one_address_the_next_wait_and_no_others(
    membership: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, code = "192.168.1.66", membership.state.code
    bots = [membership.join(code, f"Bot {n}", "", there)[0] for n in range(60)]
    with pytest.raises(Wait, match="Many people are joining"):
        membership.join(code, "Bot 60", "", there)
    assert len(membership.joined) == 60
    join(membership, "Ada")
    assert membership.come_back(bots[7].return_code, there)[0].id == bots[7].id
    now = time.monotonic() + 60.0
    monkeypatch.setattr(membership._newcomers, "_clock", lambda: now)
    assert membership.join(code, "Eve", "", there)[0].name == "Eve"


@pytest.mark.parametrize("typed", ["", "-", "123", " "])
def test_nothing_is_no_code(typed: str) -> None:
    assert not credentials.is_code(typed, "")
    assert not credentials.is_code(typed, "ABCDEF")


def test_codes_and_tokens_are_long_enough_to_guess_none() -> None:
    assert len(credentials.read_code(credentials.make_code())) == 6
    assert len(credentials.make_token()) >= 43  # 256 bits
    assert credentials.digest_of("\ud800")  # no UTF-8, and a token of nobody


def test_a_pace_remembers_the_last_who_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.classroom.workshop.credentials._MOST_KEYS", 2)
    pace = RateLimiter(1, 60.0, clock=lambda: 0.0)
    assert [pace.takes(who) for who in ("a", "b", "a", "c")] == [
        True,
        True,
        False,
        True,
    ]
    assert pace.is_used_up("a")  # asked about after b
    assert pace.takes("b")  # forgotten


def test_a_pace_counts_to_its_last_moment() -> None:
    now = [0.0]
    pace = RateLimiter(1, 60.0, clock=lambda: now[0])
    pace.add("a")
    now[0] = 59.9
    assert pace.is_used_up("a")
    now[0] = 60.0
    assert not pace.is_used_up("a")
