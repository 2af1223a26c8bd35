"""Training the reader of `qa.reader`: the same layers in torch, on gold questions."""
