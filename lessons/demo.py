# %% [markdown]
# This network classifies handwritten digits. This is all of it:

# %%
import keras
import numpy as np
import rich
from keras import layers

from grader.pictures import digits
from lessons.data import load_data

keras.utils.set_random_seed(7)
(images, labels), (new_images, new_labels) = load_data()
x, y = images.reshape(-1, 784) / np.float32(255), np.eye(10)[labels]
new_x = new_images.reshape(-1, 784) / np.float32(255)

# %% id="page"
network = keras.Sequential()
network.add(keras.Input((784,)))
network.add(layers.Dense(512, activation="relu"))
network.add(layers.Dense(10, activation="softmax"))
network.compile(
    optimizer="rmsprop",
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
network.fit(x, y, epochs=3, batch_size=128)

# %% [markdown]
# Now it learns from 60,000 images, going through all of them three times.

# %%
p = network.predict(new_x, verbose=0)
answers = p.argmax(axis=1)
is_right = answers == new_labels
print(f"\nIt has never seen these {len(new_x):,} images, and it classifies")
print(
    f"{is_right.sum():,} of them correctly: {is_right.mean():.2%}. One right, one wrong:\n"
)
chosen = np.flatnonzero(is_right)[0], np.flatnonzero(~is_right)[0]
captions = [f"a {new_labels[i]}, classified as {answers[i]}" for i in chosen]
rich.print(digits(new_images[list(chosen)], captions))

# %% [markdown]
# In lesson 8 you'll know where every one of these numbers comes from.
