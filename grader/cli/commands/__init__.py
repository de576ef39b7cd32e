"""commands: the words that people type; each task makes one call and draws.

What judges, draws or counts a class is imported inside of the functions that need it:
with all of it at the top, `invoke` alone would take four times as long to start.
"""
