"""cell_run: cells of a page run one after another in one namespace, as events.

It runs inside the process of a page, whatever is around that process: the learner's own
Python (`page_run.child`) or a confined worker (`worker.cells`). What happens is told as
records; nobody here draws, and nobody confines.
"""
