"""authoring: scaffold a lesson, verify it, and show its checks in an editor."""
