"""Raises an exception full of terminal markup.

lesson: lesson3
score: 0
3e: raised
"""

def cross_entropy(y, p):
    raise ValueError("[bold green]passed[/] [link=file:///etc]x[/link] \x1b[31m")
