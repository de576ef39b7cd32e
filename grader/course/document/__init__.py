"""document: a lesson's page as text and cells, from a Python file or a notebook."""
