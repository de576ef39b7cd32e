"""Never answers.

lesson: lesson3
score: 0
3e: timed out
"""

def cross_entropy(y, p):
    while True:
        pass
