"""The commands of this project: `invoke --list` names them, `invoke` shows the way."""

import os
import sys

from invoke.collection import Collection

# invoke switches bytecode off before it reads this file; then every command would
# compile the grader again.
sys.dont_write_bytecode = False
# The judge's arrays are small. Threads make sums over them slower, many times on a busy
# machine. NumPy reads this once, when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from grader.commands import author, classes, hand_over, learner, watching  # noqa: E402

namespace = Collection(
    learner.overview,
    learner.start,
    learner.read,
    learner.grade,
    watching.watch,
    learner.hint,
    learner.solution,
    learner.reset,
    learner.progress,
    learner.doctor,
)
namespace.default = "overview"
namespace.add_collection(
    Collection(
        "dev", author.build, author.new, author.verify, author.check, author.bench
    )
)
namespace.add_collection(
    Collection(
        "class",
        classes.grade,
        classes.regrade,
        hand_over.export,
        hand_over.report,
        hand_over.pack,
    )
)
