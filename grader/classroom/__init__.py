"""classroom: a class, what it hands in, the gradings of that, and its room."""
