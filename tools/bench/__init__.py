"""bench: measure the grader on this machine, and compare each result with its floor.

A measurement is the ratio of two times that are taken alternately in one run. It
therefore means the same on a fast and on a slow machine, and almost the same on a busy
one. Grading uses nothing from this package.
"""
