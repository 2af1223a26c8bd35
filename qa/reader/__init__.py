"""A small network that reads a question against the likeliest sentences, in numpy."""
