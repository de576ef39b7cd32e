"""kept: read the data on import, for a process that others fork from."""

from lessons.data import keep_data, keep_text

keep_data()
keep_text()
