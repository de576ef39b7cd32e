"""Trains while it is loaded.

lesson: lesson3
score: 0
CPU seconds of a call: 1
every exercise: not attempted
"""

import numpy as np

w = np.zeros((300, 300))
while True:
    w = np.tanh(w @ w + 0.1)
