"""Ends itself with a good exit code while it is loaded.

lesson: lesson3
score: 0
every exercise: not attempted
"""

import os

os._exit(0)
