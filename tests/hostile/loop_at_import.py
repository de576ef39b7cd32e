"""Never finishes loading.

lesson: lesson3
score: 0
every exercise: timed out
"""

while True:
    pass
