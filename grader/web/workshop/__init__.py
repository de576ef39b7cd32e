"""workshop: the lessons for a class on one machine, and a board that shows where it is.

Learners open the address, type the room's code and their name, and get a token. What
they write lies in the room's folder, which is the one that a class is graded from.
"""
