"""course: a course on disk: its folder, its settings, its lessons and their pages."""
