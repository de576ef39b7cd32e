"""web: the lessons in a browser, for one learner on their own machine.

The server listens only on this machine. The key in the address identifies the learner.
Their text goes to the same file in ``attempts/`` that the terminal grades, and their
code always runs in a confined worker.
"""
