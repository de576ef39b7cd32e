"""Waits a little in each call, and keeps to the limits of every one.

promise: limits-of-a-grading
lesson: lesson3
score: 0
slow: yes
3b: wrong
3c: wrong
3d: wrong
3e: wrong
3f: timed out, wrong, raised
"""

import time


def check_loss(fn):
    for _ in range(10_000):
        time.sleep(0.05)
        fn([[1, 0]], [[0.5, 0.5]])


def softmax_row(z):
    time.sleep(1)
    return z


def softmax(z):
    time.sleep(1)
    return z


def losses(y, p):
    time.sleep(1)
    return y


def cross_entropy(y, p):
    time.sleep(1)
    return y
