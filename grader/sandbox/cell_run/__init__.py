"""cell_run: run the cells of a page one after another in one namespace.

It runs inside the process of a page: the learner's own Python (`page_run.page_process`)
or a sandboxed worker (`worker.cell_runner`). It reports what happens as event records
and leaves drawing and confinement to others.
"""
