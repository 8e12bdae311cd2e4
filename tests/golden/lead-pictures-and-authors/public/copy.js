// Not the usual one.
