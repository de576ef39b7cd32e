"""tools: what is done with the grader, and is no part of it: measure, pack."""
