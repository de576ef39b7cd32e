"""render: draw what a learner sees. Only this package and `pictures` import rich.

Text by a learner or an attempt is never treated as markup here, and never reaches the
terminal unchanged. Every word passes through `Screen.text`, which removes characters
that could move the cursor, and every block of foreign text is marked as such.
"""
