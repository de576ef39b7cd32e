"""The program as a module: ``python -m grader``."""

import sys

from grader.cli import main
from grader.course.installation import PROGRAM

if __name__ == "__main__":
    sys.argv[0] = PROGRAM
    raise SystemExit(main())
