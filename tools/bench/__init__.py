"""bench: measure the grader on this machine, each measurement beside its floor.

A measurement is a ratio of two times taken in turns in one run, so that it means the
same on a fast and on a slow machine, and almost the same on a busy one. Nothing here is
used to grade.
"""
