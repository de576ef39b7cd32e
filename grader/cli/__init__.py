"""cli: the program that people type: parse the words, make one call, draw the result.

The functions that judge, draw or count a class are imported inside the functions that
use them, so that no command waits for the imports of another.
"""
