"""Raises SystemExit(0) while it is loaded.

lesson: lesson3
score: 0
every exercise: not attempted
"""

import sys

sys.exit(0)
