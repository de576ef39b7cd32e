# -*- coding: unicode_escape -*-
"""The comment below has a line of code in it, for those who read it as it says.

lesson: lesson4
score: 0
every exercise: raised
"""

import sympy as sp

# \x0asp.Symbol = None
