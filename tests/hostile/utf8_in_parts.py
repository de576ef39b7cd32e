"""UTF-8 in parts: a damaged file, and nothing says how it was.

lesson: lesson3
score: 0
every exercise: raised
"""

name = "Ã©ÿþ"
