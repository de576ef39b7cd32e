# """A word too many on the first line.
#
# lesson: lesson3
# score: 0
# every exercise: raised
# """
def def cross_entropy(y, p):
    return 0.0
