# -*- coding: latin-1 -*-
"""Saved as Latin-1, and says so; Python runs it.

lesson: lesson3
score: 0
every exercise: not attempted
"""

é = 1
