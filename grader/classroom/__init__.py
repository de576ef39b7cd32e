"""classroom: the people in a class, their submissions, and the gradings of these."""
