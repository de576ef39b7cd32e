"""derivations: decide whether expressions are equal, and where a derivation goes wrong.

It also says at which point they differ, and which mistake explains it. An author states
a loss, a variable and a domain (`Problem`). A learner's expressions come as tables
(`table`), are evaluated at points of the domain (`evaluate`, `domain`), and compared
(`equality`). A wrong one gets a name (`naming`, `wrong_derivations`). A derivation is
judged line by line (`proof`), by the steps it shows (`reevaluation`), and as a text
(`scan`).

The package imports only the standard library, and knows no course. The caller says
which rows are tied, which routes there are, and which words are allowed.
"""

from grader.derivations.domain import Domain
from grader.derivations.equality import Form, Ruling, Verdict, Written, written
from grader.derivations.naming import Diagnosis, diagnose, is_first_entry
from grader.derivations.point import Link, Tied
from grader.derivations.problem import Problem
from grader.derivations.proof import Ending, Proof, RequiredStep, Step, judge_lines
from grader.derivations.scan import Given, isolate, scan
from grader.derivations.syntax import Objection, UnwrittenPlace, find_unwritten
from grader.derivations.table import InvalidTable, Table, read

__all__ = [
    "Diagnosis",
    "Domain",
    "Ending",
    "Form",
    "Given",
    "InvalidTable",
    "Link",
    "Objection",
    "Problem",
    "Proof",
    "RequiredStep",
    "Ruling",
    "Step",
    "Table",
    "Tied",
    "UnwrittenPlace",
    "Verdict",
    "Written",
    "diagnose",
    "find_unwritten",
    "is_first_entry",
    "isolate",
    "judge_lines",
    "read",
    "scan",
    "written",
]
