"""symbolic: prove. Is this expression equal to that one, where does a derivation go
wrong, at which point, and which mistake is it?

An author states a loss, a variable and a domain (`Problem`). A learner's expressions
come as tables (`table`), are worked out at points of the domain (`evaluate`, `domain`),
and compared (`equality`); a wrong one is given its name (`diagnosis`, `slips`). A
derivation is judged line by line (`proof`), on its way (`landmarks`), and as a text
(`scan`).
"""

from grader.symbolic.diagnosis import Diagnosis, diagnose
from grader.symbolic.domain import Domain
from grader.symbolic.equality import Form, Ruling, Verdict, Written, written
from grader.symbolic.landmarks import SIGMOID_ROUTES, SOFTMAX_ROUTES
from grader.symbolic.problem import Problem
from grader.symbolic.proof import Ending, Landmark, Proof, Step, judge_lines
from grader.symbolic.scan import Given, Objection, Unwritten, scan, unwritten
from grader.symbolic.table import Refused, Table, read

__all__ = [
    "SIGMOID_ROUTES",
    "SOFTMAX_ROUTES",
    "Diagnosis",
    "Domain",
    "Ending",
    "Form",
    "Given",
    "Landmark",
    "Objection",
    "Problem",
    "Proof",
    "Refused",
    "Ruling",
    "Step",
    "Table",
    "Unwritten",
    "Verdict",
    "Written",
    "diagnose",
    "judge_lines",
    "read",
    "scan",
    "unwritten",
    "written",
]
