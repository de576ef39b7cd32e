"""cli: the program that people type: words in, one call, a drawing out.

What judges, draws or counts a class is imported inside of the functions that need it:
whoever asks for one thing does not wait for the imports of another.
"""
