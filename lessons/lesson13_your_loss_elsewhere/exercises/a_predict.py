"""13a: guesses, perplexity and pairs in new situations."""

from grader.checks import entry, value

predict = value(
    "PREDICT",
    {
        "DNA": entry(
            1.386294,
            "The cost of a guess among four letters is right.",
            within=0.001,
            check="knows_an_equal_guess",
            wrong={
                2: "That is the cost in bits.\nHere it is in nats: use the natural "
                "logarithm.",
                4: "That is the perplexity.\nThe cost in nats is its logarithm.",
                0.25: "That is the probability of each letter.\nThe cost is minus its "
                "logarithm.",
                0.602: "That is the logarithm to base 10.\nNats belong to the natural one.",
                3.295837: "That is ln 27, and this text has four letters.",
                -1.386294: "That is ln(1/4), which is below 0.\nA cost is minus that.",
            },
        ),
        "halves": entry(
            4,
            "The perplexity of two surprises that alternate is right.",
            within=0.001,
            check="knows_a_perplexity",
            wrong={
                5: "That is the mean of 2 and 8.\nTake the mean of the logarithms first, "
                "and exp afterwards.",
                3.2: "That is 1 divided by the mean probability.\nTake the mean of the "
                "logarithms first, and exp afterwards.",
                1.386294: "That is the mean loss, in nats.\nThe perplexity is exp of it.",
                2: "That is the mean loss in bits.\nThe perplexity is 2 to the power of it.",
                0.25: "That is the perplexity upside down: 1/4.",
                16: "You multiplied 2 and 8.\nThe mean loss is half the sum of the two, "
                "so take the square root.",
                7.389056: "That is exp(2), and 2 is the mean loss in bits.\nWith bits, the "
                "perplexity is a power of 2.",
            },
        ),
        "abababac": entry(
            0.25,
            "You know how often an a is followed by c.",
            within=0.003,
            check="counts_pairs",
            wrong={
                0.142857: "That is the fraction of all seven pairs.\nCount only the pairs "
                "that begin with a.",
                0.125: "That is the fraction of all eight letters.\nCount the pairs that "
                "begin with a.",
                1: "Before c there is always an a. The question is the other one: what "
                "follows an a?",
                0.333333: "That is how many ac there are for each ab.\nDivide by all pairs "
                "that begin with a.",
                0.2: "Does one of your pairs begin with something other than a? Count "
                "those that do.",
                0.75: "That is how often an a is followed by b.",
            },
        ),
        "never seen": entry(
            "infinite",
            "You know what a probability of 0 costs.",
            of=["a little larger", "twice as large", "infinite"],
            check="knows_the_cost_of_never",
            wrong={
                "a little larger": "It is one letter of 30,000. But what is -ln 0?",
                "twice as large": "What is -ln 0, and what is the mean of 30,000 numbers "
                "if that is one of them?",
            },
        ),
        "shuffled": entry(
            17,
            "You know what a table of pairs is worth on shuffled letters.",
            of=[5, 10, 17, 27],
            check="knows_what_shuffling_leaves",
            wrong={
                5: "Does the letter before say anything about the next one, once all are "
                "shuffled?",
                10: "About 10 is what the pairs of the text itself reach. Does the letter "
                "before still say anything, once all are shuffled?",
                27: "27 is the guess of equal probabilities. After shuffling, is an e "
                "still more common than a q?",
            },
        ),
    },
    prediction=True,
    hints=(
        "Each cost is -ln p, and a perplexity is exp of the mean cost. Shuffling changes "
        "who is whose neighbour. What does it leave as it was?",
    ),
)
