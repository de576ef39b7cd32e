"""Trains while it is loaded.

lesson: lesson3
score: 0
every exercise: not attempted
"""

import numpy as np

w = np.zeros((300, 300))
while True:
    w = np.tanh(w @ w + 0.1)
