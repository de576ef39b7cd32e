"""worker: the untrusted side, which loads one attempt and answers calls.

The judge imports none of it; it is started as a separate program.
"""
