"""workshop: the lessons for a class on one machine, and a board with its progress.

Learners open the address, type the room's code and their name, and get a token. Their
files are in the room's folder, which is the one that a class is graded from.
"""
