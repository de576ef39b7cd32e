"""web: the lessons in a browser, for one learner on their own machine.

It listens on this machine alone. Whoever has the key in the address is the learner.
What they write is the same file in ``attempts/`` that the terminal grades, and whatever
of it runs, runs in a confined worker.
"""
