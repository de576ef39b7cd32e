"""kept: read the images on import, for a process that others fork from."""

from lessons.data import keep_data

keep_data()
