"""join_page: the page on which learners come into a room."""

from __future__ import annotations

from collections.abc import Mapping

from grader.web.pages import draw_page
from grader.web.workshop.membership import Membership


def draw(membership: Membership, typed: Mapping[str, str], problem: str = "") -> bytes:
    """Return the page, with what was typed before and what was wrong with it."""
    free = [one for one in membership.members if one.is_listed and not one.has_joined]
    values = {name: typed.get(name, "") for name in ("code", "name", "partner")}
    title = "Join the room"
    return draw_page("web/join.html", title, problem=problem, free=free, typed=values)


def draw_wait(action: str, typed: Mapping[str, str], why: str) -> bytes:
    """Return the page on which somebody waits to come in; its script tries again.

    Args:
        action: where the form goes that was filled in.
        typed: its fields.
        why: why they wait.
    """
    title = "You will be in soon"
    return draw_page(
        "web/wait.html", title, ("wait",), why=why, action=action, fields=typed
    )
