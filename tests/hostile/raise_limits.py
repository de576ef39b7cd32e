"""Tries to lift its own limits.

lesson: lesson3
score: 0
3e: wrong
"""

import resource


def cross_entropy(y, p):
    for name in ("RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        try:
            limit = getattr(resource, name)
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            pass
    return 0.0
