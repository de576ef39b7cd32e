"""Asks for 10 GB while it is loaded.

lesson: lesson3
score: 0
every exercise: not attempted
"""

import numpy as np

big = np.ones(10 * 2**30 // 8)
