"""markup: HTML in which text can't become markup.

`tag` escapes every child and attribute that is a plain str. Only `Html`, which `tag`
itself makes, is inserted unchanged.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from grader.common.sanitize import replace_controls

_VOID = frozenset({"meta", "img", "br", "hr", "input"})


class Html(str):
    """Text that is already HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return it unchanged; templates escape values without this method."""
        return str(self)


Content = str | int | Html


def escape(text: Content) -> Html:
    """Return the text with all characters escaped that have a meaning in HTML.

    >>> escape("<script>"), escape(Html("<b>"))
    ('&lt;script&gt;', '<b>')
    """
    if isinstance(text, Html):
        return text
    return Html(html.escape(replace_controls(str(text))))


def tag(name: str, /, *children: Content, **attributes: Content | None) -> Html:
    """Return an element: ``class_`` is class, ``data_x`` data-x, None is left out.

    >>> tag("a", "1 < 2", href="#top", class_=None)
    '<a href="#top">1 &lt; 2</a>'
    """
    facts = "".join(
        f" {key.rstrip('_').replace('_', '-')}="
        f'"{html.escape(replace_controls(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{facts}>")
    return Html(f"<{name}{facts}>{join(children)}</{name}>")


def join(parts: Iterable[Content]) -> Html:
    """Return parts one after the other; escape those that aren't HTML."""
    return Html("".join(escape(part) for part in parts))
