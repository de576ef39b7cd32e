"""Never answers.

lesson: lesson3
score: 0
CPU seconds of a call: 1
3e: timed out
"""

def cross_entropy(y, p):
    while True:
        pass
