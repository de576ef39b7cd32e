"""classroom: who is in a class, what they handed in, and how it was graded."""
