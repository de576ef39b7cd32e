"""Predicts a ragged list where a number was asked.

lesson: lesson2
score: 7
2a: guessed
"""

PREDICT = {
    "byte(200) + byte(200)": [[1], [2, 3]],
    "byte(10) - byte(12)": [[1], [2, 3]],
    "byte(0, 128, 200, 255) // 255": [0, 0, 0, 1],
    "dtype of byte(0, 128, 200, 255) / 255": "float64",
}
