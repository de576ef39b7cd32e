"""exercise_tag: what an exercise is called by: its lesson's number and a letter."""

# A part of regular expressions; ``3e``.
EXERCISE_TAG = r"\d+[a-z]"
