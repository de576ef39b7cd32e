"""Raises SystemExit(0) while it is loaded.

lesson: lesson3
score: 0
every exercise: raised
"""

import sys

sys.exit(0)
