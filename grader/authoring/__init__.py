"""authoring: begin a lesson, prove that it holds, and show its checks in an editor."""
