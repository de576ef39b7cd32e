"""Tries to leave a file outside its own folder.

lesson: lesson3
score: 0
3e: wrong
"""

import os


def cross_entropy(y, p):
    for place in ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~/.."), "/"):
        try:
            with open(os.path.join(place, "left_by_an_attempt"), "w") as file:
                file.write("here")
        except OSError:
            pass
    return 0.0
