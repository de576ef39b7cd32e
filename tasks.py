"""The commands of this project: `invoke --list` names them, `invoke` shows the way."""

import os
import sys
from pathlib import Path

# invoke switches bytecode off before it reads this file; then every command would
# compile the grader again.
sys.dont_write_bytecode = False
# The judge's arrays are small. Threads make sums over them slower, many times on a busy
# machine. NumPy reads this once, when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from grader.cli.commands.program import commands, main  # noqa: E402

namespace = commands()
# invoke's own program has other words, and another exit code, for what is mistyped.
program = Path(sys.argv[0])
if {program.stem, program.parent.name} & {"invoke", "inv"}:
    sys.exit(main())
