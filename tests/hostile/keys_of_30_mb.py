"""A key of 30 million letters, and below it 900,000 zeros that are called by it.

promise: output-and-answers
lesson: lesson3
score: 0
3a: raised
"""

PAPER = {"A" * 30_000_000: [0] * 300_000}
