"""cli: the program that people type: parse the words, make one call, draw the result.

The functions that judge, draw or count a class are imported inside the functions that
use them, so that no command waits for the imports of another.
"""


def main() -> int:
    """Run the words that were typed after the program's name; return the exit code."""
    from grader.cli import program

    return program.main()
