"""What names the causes of each attempt, and how many of them, as people judged it."""

# exercise and causes: what is told; how many of the causes it names
TOLD = {
    ("1b", "height and width are fixed numbers"): {"1b.always 28": 1},
    ("1b", "height and width are swapped", "low and high are of the first photo"): {
        "1b.extremes of the first photo+width before height": 2
    },
    ("1b", "low and high have changed places"): {"1b.high before low": 1},
    ("1b", "n is the number of axes", "the dtype is no text"): {
        "1b.dtype_is_an_object": 1
    },
    ("1b", "shape is called like a function"): {"1b.calls_an_attribute": 1},
    ("1b", "the smallest pixel is that of row 0 of each photo"): {
        "1b.extremes of the first rows": 1
    },
    ("1d", "counts from 0", "numbers without a photo are not refused"): {
        "1d.one_too_far+returns_nothing": 2
    },
    ("1d", "counts from the end"): {"1d.from the end": 1},
    ("1d", "the error is returned and not raised"): {
        "A ValueError is returned here. Write raise instead of return.": 1
    },
    ("1d", "the last photo is refused", "a slice keeps the axis"): {
        "1d.a slice+strict": 2
    },
    ("1d", "the row n - 1 of each photo"): {"1d.a row of each": 1},
    ("1e", "adds up the labels in place of counting them"): {"1e.labels added up": 1},
    ("1e", "always 10 slots", "returns shares"): {"1e.always 10+shares": 2},
    ("1e", "running totals"): {"1e.running totals": 1},
    ("1e", "starts at class 1", "the counts are floats"): {
        "1e.counted_in_floats+starts at class 1": 2
    },
    ("1e", "the counts are sorted"): {"1e.sorted": 1},
    ("1e", "the last class is left out"): {"1e.leaves_out_the_last": 1},
    ("1f", "chosen on the test labels", "returns a number and no share"): {
        "1f.commonest of test+number right": 2
    },
    ("1f", "hits on the test set, shared among the training labels"): {
        "1f.share of train": 1
    },
    ("1f", "scored on the training labels", "a percentage"): {
        "1f.percent+scored on train": 2
    },
    ("1f", "the median label is answered"): {"1f.median": 1},
    ("1f", "the rarest class is answered"): {"1f.rarest": 1},
    ("1f", "the share that is wrong"): {"1f.share wrong": 1},
    ("1g", "shows the next photo", "the title says the index"): {
        "1g.shows_the_next": 1
    },
    ("1g", "the photo is drawn on its side"): {"1g.draws_it_on_its_side": 1},
    ("1g", "the title is called like a function"): {"1g.calls_the_title": 1},
    ("2b", "column after column", "dtype becomes float32"): {
        "2b.changes_the_dtype+column by column": 2
    },
    ("2b", "every photo is the first one"): {"2b.first photo everywhere": 1},
    ("2b", "photos stand in columns", "784 is fixed"): {
        "2b.always 784+photos in columns": 2
    },
    ("2b", "the pixels of a photo stand in reverse"): {"2b.reversed": 1},
    ("2b", "the size of the square is the height twice"): {"2b.squares_the_height": 1},
    ("2c", "black and white are swapped"): {"2c.black for white": 1},
    ("2c", "divided by 256", "dtype is float64"): {"2c.256+is_float64": 2},
    ("2c", "divided by the largest", "changes the input in place"): {
        "2c.by the largest+divided_in_place": 2
    },
    ("2c", "multiplied by 255"): {"2c.times for divided": 1},
    ("2c", "rounded to 0 and 1"): {"2c.rounded": 1},
    ("2d", "0 and 1 are swapped"): {"2d.0 for 1": 1},
    ("2d", "always 10 columns", "no label is refused"): {
        "2d.always 10+gives_an_empty_row": 2
    },
    ("2d", "one column too far right", "dtype is int"): {
        "2d.has_another_dtype+one column too far right": 2
    },
    ("2d", "ones from the label on"): {"2d.ones from the label on": 1},
    ("2d", "the truth value of an array is asked for"): {
        "2d.asks_an_array_for_its_truth": 1
    },
    ("2d", "zeros gets two numbers and no tuple"): {"2d.gives_a_shape_in_two_parts": 1},
    ("2e", "the arrays have changed places", "the classes stand in blocks"): {
        "2e.leaves_classes_in_blocks+test_comes_first": 2
    },
    ("2e", "the classes are always 0 to 9"): {
        "2e.draws_from_a_class_that_is_not_there": 1
    },
    ("2e", "the seed is not used", "one photo too many is held back"): {
        "2e.holds_back_another_number": 1
    },
    ("2e", "where gives a tuple, and its [0] is missing"): {
        "2e.cuts_what_where_gives": 1
    },
    ("2f", "asks numpy whether the row is in the array"): {"2f.one_pixel_is_enough": 1},
    ("2f", "only the first pixels of a row are compared"): {"2f.counts_near_misses": 1},
    ("2f", "rows are compared by their sums", "repetitions are forgotten"): {
        "2f.each row once+same sums": 2
    },
    ("2f", "stops at the first leak"): {"2f.stops_at_the_first": 1},
    ("2f", "training rows are counted", "a share is returned"): {
        "2f.share+training rows counted": 2
    },
    ("3a", "bits in place of nats", "divided by the number of classes"): {
        "3a.paper_bits_and_over_k": 2
    },
    ("3a", "row 1 is left out", "bits in place of nats"): {
        "3a.paper_bits_and_without_row_one": 2
    },
    ("3b", "2 to the power in place of e"): {"3b.power of 2": 1},
    ("3b", "only the largest probability is returned"): {"3b.largest alone": 1},
    ("3b", "the probabilities are sorted"): {"3b.sorted": 1},
    ("3b", "the running sum is used before it is complete"): {
        "3b.row_divided_by_the_sum_so_far": 1
    },
    ("3b", "the sum is of the scores", "the scores are divided"): {
        "3b.row_without_exp": 2
    },
    ("3c", "columns are normalised", "the sign of the scores is turned"): {
        "3c.other axis+sign of the exponent": 2
    },
    ("3c", "divided by the largest", "float32"): {
        "3c.batch_divided_by_largest+is_float32": 2
    },
    ("3c", "divided by the mean of the row"): {"3c.mean for sum": 1},
    ("3c", "divided by the sum of the scores"): {"3c.sum of the scores": 1},
    ("3c", "minus in the exponent"): {"3c.sign of the exponent": 1},
    ("3c", "softmax is taken twice"): {"3c.softmax twice": 1},
    ("3d", "a coarse clip"): {"3d.coarse clip": 1},
    ("3d", "a mean over the classes", "log10"): {"3d.log10+mean for sum": 2},
    ("3d", "bits in place of nats", "every class is added"): {
        "3d.bits+factor left out": 2
    },
    ("3d", "the label of the photo above is used"): {"3d.label of the photo above": 1},
    ("3d", "the minus is missing", "no clip"): {"3d.missing minus+no clip": 2},
    ("3d", "the probability of the truth and no logarithm"): {
        "3d.missing minus+no log": 1
    },
    ("3d", "the product of label and probability is clipped"): {
        "3d.label inside the log": 1
    },
    ("3e", "a sum and no mean", "bits in place of nats"): {"3e.bits+sum for mean": 2},
    ("3e", "binary cross-entropy, and the minus is missing"): {
        "3e.binary_sum+missing minus": 1
    },
    ("3e", "divided by n - 1"): {"3e.one photo fewer": 1},
    ("3e", "divided by n twice"): {"3e.divided twice": 1},
    ("3e", "half of it, as for a squared error"): {"3e.halved": 1},
    ("3e", "the loss of the last photo only"): {"3e.last one alone": 1},
    ("3e", "the median in place of the mean"): {"3e.median": 1},
    ("3e", "the minus is missing", "a mean over the classes too"): {
        "3e.mean for sum+missing minus": 2
    },
    ("3e", "the perplexity", "a sum and no mean"): {"3e.perplexity+sum for mean": 2},
    ("3e", "the predicted class", "a mean over the classes too"): {
        "3e.mean for sum+predicted_class": 2
    },
    ("3f", "one batch alone", "compares exactly"): {"3f.compares_exactly": 1},
    ("5b", "divided by the largest in place of shifted"): {
        "5b.divided for taken away": 1
    },
    ("5b", "softmax of a softmax"): {"5b.softmax twice": 1},
    ("5b", "the largest is added", "no keepdims in the sum"): {
        "5b.no keepdims+plus for minus": 2
    },
    ("5b", "the largest of the whole batch is subtracted", "columns are normalised"): {
        "5b.other axis+other axis": 2,
        "5b.no axis+other axis": 2,
        "5b.all_over_columns": 2,
    },
    ("5c", "no shift", "log2 of the sum"): {"5c.bits+nothing taken away": 2},
    ("5c", "the exponentials are taken of the scores that were not shifted"): {
        "5c.shift in front alone": 1
    },
    ("5c", "the shift is not subtracted from the score", "a sum down the columns"): {
        "5c.other axis+shifted_in_the_sum_only": 2
    },
    ("5c", "the sum of the logarithms in place of the logarithm of the sum"): {
        "5c.sum of logarithms": 1
    },
    ("5e", "always divided by 4"): {"5e.always by four": 1},
    ("5e", "divided by n twice"): {"5e.divided twice": 1},
    ("5e", "divided by the number of classes", "1 is subtracted for every class"): {
        "5e.columns counted+minus one": 2
    },
    ("5e", "the label multiplies the whole bracket"): {"5e.label times the bracket": 1},
    ("5e", "y - p", "not shared among the photos"): {"5e.not divided+turned round": 2},
    ("5f", "all entries are moved at once"): {"5f.all entries at once": 1},
    ("5f", "h of 0.1", "all entries are moved together"): {"5f.step_too_large": 1},
    ("5f", "one-sided differences", "divided by 2 h"): {
        "5f.only back to the middle": 2
    },
    ("7a", "a bias for each input", "the last layer is left out"): {
        "7a.bias per input+last layer missing": 2
    },
    ("7a", "a bias for each input and for each output"): {"7a.biases_for_both": 1},
    ("7a", "no biases", "one layer too many"): {"7a.no biases+one layer too many": 2},
    ("7a", "the layers are multiplied with each other"): {"7a.layers multiplied": 1},
    ("7a", "the weights are counted twice"): {"7a.weights_twice": 1},
    ("8d", "argmax over the wrong axis", "cross-entropy is a sum"): {
        "8d.argmax of photos+sum for mean": 2
    },
    ("8d", "labels and probabilities have changed places in the loss"): {
        "8d.exchanged": 1
    },
    ("8d", "the mean of the largest probability for accuracy"): {
        "8d.confidence for accuracy": 1
    },
    ("8d", "the share of wrong answers"): {"8d.errors": 1},
    ("8e", "shares of the columns"): {"8e.shares of columns": 1},
    ("8e", "truth and answer are swapped", "repetitions count once"): {
        "8e.repeats dropped+transposed": 2
    },
    ("8e", "zeros gets two numbers and no tuple"): {"8e.two_numbers_for_a_shape": 1},
    ("8f", "counts among the wrong ones only", "one too few"): {
        "8f.one too few of m+positions among the wrong": 2
    },
    ("8f", "the first m wrong ones, and then sorted"): {"8f.cut before sorting": 1},
    ("8f", "the labels in place of the positions"): {"8f.labels and not positions": 1},
    ("8f", "the least sure first", "right answers are among them"): {
        "8f.least confident first+right ones too": 2
    },
    ("8f", "the slice from the end stops one too early"): {"8f.one too few of m": 1},
    ("10b", "a coarse clip"): {"10b.coarse clip": 1},
    ("10b", "divided by the sum of the weights", "the minus is missing"): {
        "10b.missing minus+sum of weights": 2
    },
    ("10b", "the weight of the next class"): {"10b.weights shifted": 1},
    ("10b", "the weights are added"): {"10b.weights added": 1},
    ("10b", "the weights are squared", "a sum and no mean"): {
        "10b.sum for mean+weights squared": 2
    },
    ("10f", "means below and a sum above"): {"10f.mean for sum+mean for sum": 1},
    ("10f", "squares below", "nothing at all costs 1"): {
        "10f.nothing costs 1+squares below": 2
    },
    ("10f", "the factor 2 is missing", "1 - is missing"): {
        "10f.dice itself+two left out": 2
    },
    ("10f", "the truth value of an array is asked for"): {
        "ValueError: The truth value of an array with more than one element is ambiguous. Use a.any() or a.all(). and works only on single True or False values. For arrays write & for and, | for or, with parentheses around each comparison.": 1
    },
    ("12b", "bins are not weighed", "the gap has a sign"): {
        "12b.bins_count_alike+no abs": 2
    },
    ("12b", "the confidence is not subtracted"): {"12b.no confidence": 1},
    ("12b", "the upper end of the bin for its confidence"): {"12b.place in the bin": 1},
    ("9a", "b1 is as long as b2"): {"9a.biases_of_another_layer": 1},
    ("9a", "no biases in the dict"): {"9a.biases_are_left_out": 1},
    ("9a", "sd of 1", "biases are random"): {"9a.weights_are_not_scaled": 2},
    ("9a", "the weights stand on their side", "fan_out in place of fan_in"): {
        "9a.weights_are_transposed": 2
    },
    ("9b", "both biases are left out"): {"9b.b1 left out+b2 left out": 1},
    ("9b", "no relu", "b2 is missing"): {"9b.b2 left out+no relu": 2},
    ("9b", "relu on the output scores", "b1 is missing"): {
        "9b.b1 left out+relu on the output": 2
    },
    ("9b", "softmax is taken twice"): {"9b.softmax twice": 1},
    ("9b", "the absolute value in place of relu"): {"9b.abs for relu": 1},
    ("9b", "the biases are subtracted"): {"9b.minus for plus+minus for plus": 1},
    ("9c", "the hidden bias gets the gradient before relu"): {"9c.b1 before relu": 1},
    ("9c", "the hidden gradient is divided by n once more"): {
        "9c.hidden layer divided again": 1
    },
    ("9c", "the label multiplies the bracket"): {"9c.true class alone": 1},
    ("9c", "the sign is turned", "biases take the mean"): {
        "9c.mean for sum+turned round": 2
    },
    ("9c", "the slope of relu is left out", "not shared among the photos"): {
        "9c.no mask+not divided": 2
    },
    ("9e", "no shuffle", "on_epoch after each batch"): {
        "9e.on_epoch_after_each_batch": 1
    },
    ("9e", "one epoch", "labels are not shuffled with their photos"): {
        "9e.no_better_than_guessing": 1
    },
    ("9e", "one random batch an epoch"): {"9e.too_slow": 1},
    ("9e", "the same batch again and again"): {"9e.too_slow": 1},
}
