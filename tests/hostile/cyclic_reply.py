"""Returns a list that contains itself.

lesson: lesson3
score: 0
3e: wrong, raised
"""

def cross_entropy(y, p):
    loop = []
    loop.append(loop)
    return loop
