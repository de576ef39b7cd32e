"""common: what every room uses: exceptions, safe text, files, and messages."""
