"""learner_matching: find out which learner each name of a folder or a file means.

A learner may have several names: Moodle numbers participants again in each assignment,
and each platform writes names in its own way. Two learners with one name are kept
apart, unless something says that they are one person.

In a folder that a class can write to, anybody can choose any name. So if a learner's
own name is there, a file that only looks like theirs doesn't replace it. Its name may
be spelled differently, or it may be outside of the learner's folder. Names are
compared only within one place, because another week's files may have been collected in
another way.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from grader.classroom.file_names import (
    PlatformName,
    is_nobodys_name,
    name_form,
    normalize_name,
    parse_platform_name,
)
from grader.classroom.moodle_worksheet import Participant
from grader.classroom.records import GRADESCOPE, MOODLE, Learner
from grader.classroom.roster import Roster
from grader.classroom.submissions.notices import list_some
from grader.classroom.submissions.ownership import PROJECT_FOLDERS, File, Owner
from grader.common.sanitize import join_lines

_NAMESAKES = (
    "several Moodle participants have this name. Are they one person? Put "
    "Moodle's participants list into the folder as roster.csv, and the grading "
    "worksheets of the assignments beside it; until then each number counts as a "
    "person."
)
# Where a number comes from, and the number; or "" and the name if there is no number.
PersonKey = tuple[str, str]
_MOST_NAMED = 4
# This order decides if no form is more frequent than another.
_FORMS = ("lesson first", "name alone", "name first")


@dataclass
class _Name:
    """A name that somebody uses, and what is known about it."""

    key: PersonKey
    parsed: Learner
    named: PlatformName | None = None
    ends: str = ""
    homes: set[str] = field(default_factory=set)
    lessons: set[int] = field(default_factory=set)


class LearnerMatcher:
    """All names that were seen, and the learners they mean.

    Args:
        class_list: the roster.
        sheets: Moodle's participants, by number.
        roster_has_numbers: whether the roster is a Moodle worksheet.

    Attributes:
        notes: notes about unclear names, with their learners; after `resolve`.
        unsure: ids of people on the roster who may have handed in under another name.
        strangers: ids of people who aren't on the roster.
    """

    def __init__(
        self,
        class_list: Roster,
        sheets: Mapping[str, Participant],
        *,
        roster_has_numbers: bool,
    ) -> None:
        self._class_list = class_list
        self._sheets = sheets
        self._roster_has_numbers = roster_has_numbers
        self._names: dict[PersonKey, _Name] = {}
        self._found: dict[PersonKey, Learner] = {}
        self.notes: list[tuple[Learner, str]] = []
        self.unsure: set[str] = set()
        self.strangers: set[str] = set()

    def add(self, owner: Owner, number: int | None = None) -> PersonKey:
        """Record a name, and a lesson that was handed in under it."""
        name = self._name_of(owner)
        name = self._names.setdefault(name.key, name)
        name.homes.add(owner.home)
        if number is not None:
            name.lessons.add(number)
        return name.key

    def resolve(self) -> None:
        """Decide which learner each name means, once every name was added."""
        fits = {key: self._fitting(name) for key, name in self._names.items()}
        exact = {found[0].id for found, is_exact in fits.values() if found and is_exact}
        # If a whole name is there, the end of another name doesn't mean the same
        # person: if there is an "ada", then "loss-ada" is somebody else.
        for key, (found, is_exact) in fits.items():
            if len(found) == 1 and (is_exact or found[0].id not in exact):
                self._found[key] = found[0]
        self._part_namesakes()
        left = [name for key, name in self._names.items() if key not in self._found]
        for alike in _alike(left):
            self._bring_together(alike)
        for key, (found, _) in fits.items():
            learner = self._found[key]
            if len(found) > 1:
                self.unsure.update(one.id for one in found)
                self._note(
                    key,
                    f"{learner.display_name}: {len(found)} on the roster have this "
                    f"name; graded as {learner.id}.",
                )
            elif self._class_list and learner not in self._class_list.learners:
                self.strangers.add(learner.id)

    def learner_of(self, key: PersonKey) -> Learner:
        """Return the learner that a name means."""
        return self._found[key]

    def id_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return each name's id as it would be by itself, and its learner's id."""
        return tuple(
            (x.parsed.id, self._found[key].id) for key, x in self._names.items()
        )

    def find_missing(self) -> list[Learner]:
        """Return the participants of Moodle worksheets who handed in nothing.

        If there is a roster, return [], because it already says who is in the class.
        """
        if self._class_list:
            return []
        matched = list(self._found.values())
        missing = []
        for row in self._sheets.values():
            name = _Name(("Moodle", row.number), _learner_of(row))
            if name.key not in self._names and not _is_among(matched, name.parsed):
                missing.append(self._free(name))
                matched.append(name.parsed)
        return missing

    def _note(self, key: PersonKey, sentence: str) -> None:
        self.notes.append((self._found[key], sentence))

    def _name_of(self, owner: Owner) -> _Name:
        # A line end in a folder's name would make two lines in a list.
        file_name = join_lines(owner.name)
        if owner.person:
            learner = _learner_of(owner.person)
            key = (GRADESCOPE, owner.person.email or learner.id)
            return _Name(key, replace(learner, lms="", lms_id=""))
        platform_name = parse_platform_name(file_name)
        if platform_name is None:
            short = file_name.removeprefix(owner.assignment)
            ends = "" if owner.assignment else file_name
            return _Name(("", short), Learner(short, short), ends=ends)
        row = (
            self._sheets.get(platform_name.number)
            if platform_name.platform == "Moodle"
            else None
        )
        row = row or Participant(platform_name.number)
        learner = _learner_of(replace(row, name=row.name or platform_name.name))
        learner = replace(learner, lms=platform_name.platform)
        return _Name(
            (platform_name.platform, platform_name.number), learner, platform_name
        )

    def _fitting(self, name: _Name) -> tuple[tuple[Learner, ...], bool]:
        """Return the learners on the roster that a name fits, and if all of it does."""
        class_list = self._class_list
        if name.key[0] == GRADESCOPE:
            return class_list.find_on_moodle(name.parsed, has_number=False), True
        if name.named is None:
            learner = class_list.find_named(name.parsed.id)
            return (
                (learner, True)
                if learner
                else (class_list.find_by_ending(name.ends), False)
            )
        if name.named.platform == "Canvas":
            return class_list.find_on_canvas(name.named.number, name.named.name), True
        return class_list.find_on_moodle(name.parsed, self._roster_has_numbers), True

    def _part_namesakes(self) -> None:
        """Split names that fit one learner but belong to two Moodle participants.

        One person can't be two participants of an assignment, so it is unclear who is
        who.
        """
        theirs: dict[str, list[_Name]] = defaultdict(list)
        for key, learner in self._found.items():
            # If an email address identified the learner, there is no doubt.
            if key[0] == "Moodle" and not self._names[key].parsed.email:
                theirs[learner.id].append(self._names[key])
        for who, names in theirs.items():
            if max(_homes(names).values()) > 1 and not self._are_in_turn(names):
                self.unsure.add(who)
                for name in names:
                    del self._found[name.key]

    def _bring_together(self, names: list[_Name]) -> None:
        """Assign learners to similar names that aren't on the roster."""
        addresses = {name.parsed.email for name in names} - {""}
        if len(addresses) > 1:
            for address in addresses:
                self._are_one([x for x in names if x.parsed.email == address])
            names = [name for name in names if not name.parsed.email]
        elif len(names) == 1 or all(name.parsed.email for name in names):
            self._are_one(names)
            return
        elif self._are_in_turn(names):
            self._are_one(names)
            self._note(
                names[0].key,
                f"{names[0].parsed.display_name}: {_numbers(names)} Moodle "
                "participants have this name, in different lessons; they count as one "
                "person.",
            )
            return
        for name in names:
            self._found[name.key] = self._free(name)
            if addresses or len(names) > max(_homes(names).values()):
                self._note(name.key, f"{name.parsed.display_name}: {_NAMESAKES}")

    def _are_in_turn(self, names: list[_Name]) -> bool:
        """Return whether similar names handed in different lessons."""
        lessons = Counter(number for name in names for number in name.lessons)
        is_apart = max(lessons.values(), default=0) <= 1
        return is_apart and all(name.lessons for name in names)

    def _are_one(self, names: list[_Name]) -> None:
        # Take the smallest number, so that the id is the same if only one lesson is
        # graded.
        first = min(names, key=lambda name: (len(name.key[1]), name.key[1]))
        learner = self._free(first)
        self._found.update({name.key: learner for name in names})

    def _free(self, name: _Name) -> Learner:
        """Return the learner that a name describes, with an id that nobody else has."""
        others = {one.id for key, one in self._found.items() if key != name.key}
        taken = others | {one.id for one in self._class_list.learners}
        if name.parsed.id not in taken:
            return name.parsed
        return replace(name.parsed, id=f"{name.parsed.id} ({name.key[0] or 'folder'})")


def find_former_ids(
    ids: Iterable[str],
    learners: Iterable[Learner],
    names: Iterable[tuple[str, str]] = (),
) -> dict[str, str]:
    """Map former ids of people in a class to their present ids.

    A roster that is added later may give people different ids.

    Args:
        ids: the ids of people who were graded.
        learners: the class.
        names: more names of people in it, each with the id.
    """
    listed = tuple(learners)
    called: dict[str, set[str]] = defaultdict(set)
    for learner in listed:
        for word in (
            learner.lms_id,
            learner.sis_id,
            learner.login,
            learner.email,
            learner.name,
        ):
            called[normalize_name(word)].add(learner.id)
    for name, who in names:
        called[normalize_name(name)].add(who)
    now = {one.id for one in listed}
    found = {
        word: called.get(normalize_name(word), set()) for word in ids if word not in now
    }
    return {word: min(one) for word, one in found.items() if word and len(one) == 1}


def find_crowded(
    attempts: Iterable[tuple[File, Owner, str]], is_known: Callable[[str], object]
) -> dict[Owner, str]:
    """Return owners who have several folders with the same lesson, and a question.

    These may be several learners' folders, or one learner's versions.

    Args:
        attempts: the files, their owners, and their lessons.
        is_known: whether a name is somebody's on the roster.
    """
    folders: dict[tuple[Owner, str, str], set[str]] = defaultdict(set)
    for file, owner, lesson in attempts:
        if owner.is_of_platform or is_known(owner.name):
            continue
        for depth, name in enumerate(file.inside[:-1]):
            is_one = name in PROJECT_FOLDERS or is_nobodys_name(name, ())
            if not is_one and not parse_platform_name(name):
                below = "/".join(file.inside[depth:])
                around = file.place.removesuffix(below).rstrip("/")
                folders[owner, around, lesson].add(name)
    return {
        owner: (
            f"{around}: its folders {list_some(sorted(names), _MOST_NAMED)} each have "
            f"{lesson}, and all of them would be one learner's, {owner.name}. Are they "
            "several learners? Then name that folder as the folder of submissions, or "
            "add a roster.csv. Are they one learner's? Then keep one of them, or list "
            "the learner in roster.csv."
        )
        for (owner, around, lesson), names in folders.items()
        if len(names) > 1
    }


def disambiguate(learners: Iterable[Learner]) -> tuple[Learner, ...]:
    """Return the same learners; those with the same name get their id added to it."""
    listed = tuple(learners)
    often = Counter(normalize_name(one.display_name) for one in listed)
    return tuple(
        replace(one, name=f"{one.name} ({one.id})")
        if often[normalize_name(one.display_name)] > 1
        and one.name
        and one.id != one.name
        else one
        for one in listed
    )


def _learner_of(row: Participant) -> Learner:
    number = row.number
    return Learner(
        number,
        name=row.name,
        email=row.email,
        sis_id=row.sis_id,
        lms_id=number,
        lms=MOODLE,
    )


def _is_among(learners: Iterable[Learner], learner: Learner) -> bool:
    """Return whether somebody may be among others; yes if only a number is known."""
    if not learner.name and not learner.email:
        return True
    return any(
        normalize_name(learner.email) == normalize_name(other.email)
        if learner.email and other.email
        else normalize_name(learner.name) == normalize_name(other.display_name)
        for other in learners
    )


def _alike(names: Iterable[_Name]) -> list[list[_Name]]:
    """Return groups of names that may be one person's: equal, or equal on Moodle."""
    groups: dict[PersonKey, list[_Name]] = defaultdict(list)
    for name in names:
        is_moodles = name.key[0] == "Moodle"
        groups[
            ("Moodle", normalize_name(name.parsed.name)) if is_moodles else name.key
        ].append(name)
    return list(groups.values())


def _homes(names: Iterable[_Name]) -> Counter[str]:
    """Count how many of the names are in each place."""
    return Counter(home for name in names for home in name.homes)


def _numbers(names: Iterable[_Name]) -> str:
    numbers = sorted((name.key[1] for name in names), key=lambda x: (len(x), x))
    return f"the participants {', '.join(numbers[:-1])} and {numbers[-1]}"


class Likeness(msgspec.Struct, frozen=True, order=True):
    """How much a file's name differs from the learner's; less is better.

    Attributes:
        is_respelled: whether the roster spells the name differently.
        is_loose: whether it is a single file, outside of a folder or zip file of the
            learner's.
        is_unusual: whether the form of its name differs from most files there.
    """

    is_respelled: bool
    is_loose: bool
    is_unusual: bool


class NameForms:
    """The form that the names of most files in a place have.

    Args:
        files: all files that may be somebody's attempt.
    """

    def __init__(self, files: Iterable[File]) -> None:
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        for file in files:
            if file.owner and _is_loose(file, file.owner):
                key = file.owner.home, name_form(file.name)
                people[key].add(file.owner.name)
        self._matcher = people

    def likeness(self, file: File, owner: Owner, learner: Learner | None) -> Likeness:
        """Return how much a file's name differs from a learner's.

        Args:
            file: the file whose name is compared.
            owner: its owner, by its name.
            learner: that learner on the roster, or None.
        """
        if owner.is_of_platform:
            return Likeness(False, False, False)
        is_respelled = learner is not None and not _is_spelled_alike(owner, learner)
        is_loose = _is_loose(file, owner)
        is_unusual = is_loose and name_form(file.name) != self._usual(owner.home)
        return Likeness(is_respelled, is_loose, is_unusual)

    def _usual(self, home: str) -> str:
        often = {form: len(self._matcher[home, form]) for form in _FORMS}
        return max(_FORMS, key=lambda form: often[form])


def explain_weaker_likeness(
    best: Likeness, other: Likeness, name: str, learner: Learner
) -> str:
    """Return why a file's name fits a learner less well than another file's name."""
    if other.is_respelled and not best.is_respelled:
        for exact in _names_of(learner):
            if _compose(exact) == _compose(name):
                return f"the name {exact!r} is written with other characters there"
        exact = next(
            (x for x in _names_of(learner) if x.casefold() == name.casefold()),
            learner.id,
        )
        return f"it has the name {name!r}, not {exact!r}"
    if other.is_loose and not best.is_loose:
        return "it is a single file beside the folder or zip file of that name"
    return "the form of its name differs from the other names here"


def _is_loose(file: File, owner: Owner) -> bool:
    """Return whether only the file's own name identifies its owner."""
    below = file.place.removeprefix(f"{owner.home}/") if owner.home else file.place
    return "/" not in below and not owner.is_of_platform


def _is_spelled_alike(owner: Owner, learner: Learner) -> bool:
    words = {owner.name, owner.name.removeprefix(owner.assignment)}
    return not words.isdisjoint(_names_of(learner))


def _names_of(learner: Learner) -> tuple[str, ...]:
    address = learner.email.partition("@")[0]
    words = (learner.id, learner.login, learner.sis_id, learner.email, address)
    return tuple(filter(None, (*words, learner.name, learner.lms_id)))


def _compose(word: str) -> str:
    return unicodedata.normalize("NFC", word)
