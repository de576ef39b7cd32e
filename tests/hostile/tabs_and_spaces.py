"""Mixes tabs and spaces.

lesson: lesson3
score: 0
every exercise: raised
"""


def cross_entropy(y, p):
    if True:
	return 0.0
