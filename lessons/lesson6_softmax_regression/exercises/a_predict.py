"""6a  Predict shapes and numbers."""

import numpy as np

from grader.checks import entry, value

predict = value(
    "PREDICT",
    {
        "shape of x @ W": entry(
            (32, 10),
            "You predicted the shape of x @ W.",
            check="shape_of_the_product",
            wrong={
                (784, 784): "The 784 pixels are multiplied and added up. x keeps "
                "its number of rows, and W its number of columns.",
                (10, 32): "The rows of the product are those of x: one for each image.",
                (
                    32,
                    784,
                ): "That is the shape of x. Each image goes in with 784 numbers, and "
                "leaves with one for each class.",
                (
                    784,
                    10,
                ): "That is the shape of W. The product has one row for each image.",
            },
        ),
        "x * W": entry(
            "error",
            "You know what NumPy does with x * W.",
            check="star_is_refused",
            wrong={
                "ValueError": 'NumPy does raise a ValueError. The page calls it "error": '
                "write that.",
                (
                    32,
                    10,
                ): "That is the shape of x @ W. The star multiplies entry by entry, and "
                "(32, 784) and (784, 10) do not match.",
                (
                    784,
                    10,
                ): "The star multiplies entry by entry. Which entry of x would belong "
                "to W[783, 0]? x has only 32 rows.",
                (
                    32,
                    784,
                ): "The star multiplies entry by entry. Which entry of W would belong "
                "to x[0, 783]? W has only 10 columns.",
            },
        ),
        "second row of small_x @ small_W": entry(
            [2, 5],
            "You computed the second row of the small product by hand.",
            check="row_by_hand",
            wrong={
                (
                    2,
                    -1,
                ): "Those are the weights of the second pixel. The third pixel of that "
                "image is 2: it counts too.",
                (
                    5,
                    -2,
                ): "That is the first row again.\nTake the second image: 0, 1 and 2.",
                (
                    2,
                    3,
                ): "Did you take the third pixel as 1? It is 2, so it counts twice.",
            },
        ),
        "shape of x.T @ dz": entry(
            (784, 10),
            "You predicted the shape of x.T @ dz.",
            check="shape_of_the_transposed_product",
            wrong={
                (
                    32,
                    10,
                ): "x.T has shape (784, 32): the images are its columns. They are what "
                "is added up.",
                (10, 784): "The first factor gives the rows: x.T has 784 of them.",
                (
                    784,
                    32,
                ): "That is the shape of x.T. The 32 images are added up in the "
                "product.",
            },
        ),
        "weights and biases": entry(
            7850,
            "You counted what the model learns.",
            check="counted",
            wrong={
                7840: "Those are the weights. Each of the ten classes has a bias as well.",
                8624: "That is a bias for each pixel. There is one for each class.",
                794: "That is 784 + 10.\n"
                "Every pixel is joined to every class, so multiply.",
                785: "That is what one class has. There are ten.",
                250_880: "That is multiplied by the number of images. All images "
                "share the same weights.",
            },
        ),
        "loss of zero weights": entry(
            np.log(10),
            "You know the loss of zero weights, to two decimals.",
            within=0.005,
            check="loss_at_the_start",
            wrong={
                0: "A loss of 0 needs p = 1 for the true class. With ten equal logits it gets "
                "1/10.",
                0.1: "That is the probability of the true class. The loss is -ln of it.",
                1: "That is -log10(0.1).\nThe lessons take the natural logarithm.",
                3.321928: "That is -log2(0.1), in bits.\nThe lessons count in nats.",
                -2.302585: "ln 0.1 is negative, and the loss is -ln 0.1.",
            },
        ),
    },
    prediction=True,
    hints=(
        "(n, D) @ (D, K) has shape (n, K). Take the second row of small_x and one column of "
        "small_W at a time. A transpose exchanges the two axes.",
    ),
)
