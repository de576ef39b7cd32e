"""cell_run: cells of a page run one after another in one namespace, as events.

It runs inside the process of a page: the learner's own Python (`page_run.page_process`)
or a sandboxed worker (`worker.cell_runner`). What happens becomes records; nothing here
draws or confines.
"""
