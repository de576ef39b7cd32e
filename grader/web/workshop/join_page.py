"""join_page: the page on which learners come into a room."""

from __future__ import annotations

from collections.abc import Mapping

from grader.document.markup import Html, tag
from grader.web.pages import document
from grader.web.workshop.membership import Membership

_KEPT = (
    "Your name, what you write, and what its gradings say are kept in a folder on your "
    "instructor's machine, and nowhere else. Your instructor sees them; the board that "
    "everybody sees has no names. The connection is not encrypted unless the address "
    "begins with https: write nothing here that the room must not read."
)


def draw(membership: Membership, typed: Mapping[str, str], problem: str = "") -> bytes:
    """Return the page, with what was typed before and what was wrong with it."""
    free = [one for one in membership.members if one.is_listed and not one.has_joined]
    said = tag("p", problem, class_="trouble", role="alert") if problem else ""
    body = tag(
        "main",
        tag("h1", "Join the room"),
        said,
        _newcomer(typed, [(one.id, one.name) for one in free]),
        _returning(),
        tag("p", _KEPT, class_="quiet"),
        id="main",
        class_="join",
    )
    return document("Join the room", "", body, scripts=())


def draw_wait(action: str, typed: Mapping[str, str], why: str) -> bytes:
    """Return the page on which somebody waits to come in; its script tries again.

    Args:
        action: where the form goes that was filled in.
        typed: its fields.
        why: why they wait.
    """
    fields = (tag("input", type="hidden", name=k, value=v) for k, v in typed.items())
    form = tag(
        "form",
        *fields,
        tag("p", tag("button", "Try again now", class_="main")),
        method="post",
        action=action,
        id="again",
    )
    body = tag(
        "main",
        tag("h1", "You will be in soon"),
        tag("p", why, role="status"),
        tag("p", "This page tries again by itself. Leave it open."),
        form,
        id="main",
        class_="join",
    )
    return document("You will be in soon", "", body, scripts=("wait",))


def _newcomer(typed: Mapping[str, str], free: list[tuple[str, str]]) -> Html:
    choice = Html("")
    if free:
        options = [tag("option", "I am not on the list", value="")]
        options += [tag("option", name, value=key) for key, name in free]
        choice = _labelled("On the list", tag("select", *options, name="listed"))
    return tag(
        "form",
        _field("The room's code", "code", typed.get("code", ""), required=""),
        choice,
        _field(
            "Your name", "name", typed.get("name", ""), required=None if free else ""
        ),
        _field(
            "Your partner's name, if you work as two",
            "partner",
            typed.get("partner", ""),
        ),
        tag("p", tag("button", "Join", class_="main")),
        method="post",
        action="/join",
    )


def _returning() -> Html:
    field = _field("Your return code", "return_code", "", required="")
    form = tag(
        "form",
        field,
        tag("p", tag("button", "Come back")),
        method="post",
        action="/return",
    )
    return tag("details", tag("summary", "I was here before"), form)


def _field(words: str, name: str, value: str, required: str | None = None) -> Html:
    box = tag(
        "input",
        name=name,
        value=value,
        autocomplete="off",
        autocapitalize="characters" if "code" in name else "words",
        spellcheck="false",
        required=required,
    )
    return _labelled(words, box)


def _labelled(words: str, box: Html) -> Html:
    return tag("p", tag("label", tag("span", words), " ", box))
