"""Never finishes loading.

lesson: lesson3
score: 0
every exercise: not attempted
"""

while True:
    pass
