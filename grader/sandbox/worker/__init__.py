"""worker: run the untrusted side: load one attempt and answer calls.

Nothing of the judge imports it; it is started as its own program.
"""
