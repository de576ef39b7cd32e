"""Never finishes loading.

lesson: lesson3
score: 0
CPU seconds of a call: 1
every exercise: not attempted
"""

while True:
    pass
