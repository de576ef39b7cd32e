"""Not UTF-8, and it does not say so.

lesson: lesson3
score: 0
every exercise: not attempted
"""

name = "éÿþ"
