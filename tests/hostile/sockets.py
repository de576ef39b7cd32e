"""Opens sockets of every family and sends to itself.

lesson: lesson3
score: 0
3e: wrong, raised
"""

import socket


def cross_entropy(y, p):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                with socket.socket(family, kind) as made:
                    made.settimeout(0.2)
                    if family == socket.AF_INET:
                        made.connect(("127.0.0.1", 9))
                        made.send(b"x")
                        return 1.184675
            except OSError:
                continue
    return 0.0
