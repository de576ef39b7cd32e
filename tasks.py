"""The commands of this project: `invoke --list` names them, `invoke` shows the way."""

import sys

from invoke.collection import Collection

# invoke switches bytecode off before it reads this file; then every command would
# compile the grader again.
sys.dont_write_bytecode = False

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
