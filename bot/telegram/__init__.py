"""The people: what they say (in), what they get (out), and the words for it."""
