"""render: draw what a learner sees. With pictures, the only room that knows rich.

What a learner or an attempt wrote is never markup here and never reaches the terminal
as it is: every word passes through `Screen.text`, which takes out what could move the
cursor, and every block of foreign text stands behind a mark.
"""
