"""kept: the photos, read when this is imported; for a process that others fork from."""

from lessons.data import keep_data

keep_data()
