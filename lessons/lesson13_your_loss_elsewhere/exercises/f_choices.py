"""13f: which loss belongs to which question."""

from grader.checks import entry, value

KINDS = ("softmax", "sigmoids")

choice = value(
    "CHOICE",
    {
        "songs": entry(
            "sigmoids",
            "You know the loss for tags.",
            of=KINDS,
            check="tags",
            wrong={
                "softmax": "Softmax gives the tags probabilities that sum to 1. What can "
                "it give a song that is rock, live and sad?",
            },
        ),
        "chess": entry(
            "softmax",
            "You know the loss for the next move.",
            of=KINDS,
            check="next_move",
            wrong={
                "sigmoids": "How many moves are played next? With a sigmoid for each of "
                "the 4,672, what would their probabilities sum to?",
            },
        ),
        "crossing": entry(
            "softmax",
            "You know the loss for the light.",
            of=KINDS,
            check="one_light",
            wrong={
                "sigmoids": "Is the light of one image ever red and green at once? If it "
                "is more likely red, what happens to the other two?",
            },
        ),
        "X-ray": entry(
            "sigmoids",
            "You know the loss for several diseases.",
            of=KINDS,
            check="diseases",
            wrong={
                "softmax": "Softmax gives the 14 diseases probabilities that sum to 1. "
                "What does it say about a person who has none?",
            },
        ),
        "first loss": entry(
            9.704061,
            "The first loss of 14 labels is right.",
            within=0.005,
            check="first_loss",
            wrong={
                2.639057: "That is ln 14, the first loss of a softmax over 14 classes. "
                "Here are 14 questions with two answers each.",
                0.693147: "That is the first loss of one label. There are 14, and their "
                "losses are added.",
                14: "That is the loss in bits.\nIn nats, each label costs ln 2.",
                7: "That is 14 times the probability 1/2.\nThe cost of a label is minus "
                "its logarithm.",
                19.408122: "Is that 14 times ln 4? With zero weights, each label is a guess "
                "among two answers.",
            },
        ),
        "rare": entry(
            0.198515,
            "The cost of a guess about a rare label is right.",
            within=0.0006,
            check="rare_label",
            wrong={
                2.995732: "That is -ln 0.05: what each ill person costs. They are "
                "only 1 in 20. What do the other 19 cost?",
                0.051293: "That is -ln 0.95: what a healthy person costs. What does the one "
                "ill person in 20 cost?",
                0.149787: "That is the part of those who are ill. Add the part of the other "
                "19 in 20.",
                0.048729: "That is the part of the healthy. Add the part of those who are "
                "ill.",
                0.286397: "That is the cost in bits.\nHere it is in nats.",
                1.523513: "That is the plain mean of the two costs.\nWeight each with how "
                "often it comes.",
                0.693147: "That is the cost of saying 1/2. This model says 0.05.",
            },
        ),
    },
    prediction=True,
    hints=(
        "For the words, ask: can two of the answers be true at once, or none? For the "
        "numbers: a label costs -ln s if it is true, and -ln(1 - s) if it isn't.",
    ),
)
