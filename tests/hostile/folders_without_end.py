"""Makes folders in folders, three thousand deep, and some that nobody may read.

lesson: lesson3
score: 0
every exercise: wrong, raised, not attempted
"""

import os

for mode in (0, 0o300):
    os.mkdir(f"hidden{mode}", mode)
with open("hidden192/file", "w") as file:
    file.write("x")
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")


def cross_entropy(y, p):
    return 0.0
