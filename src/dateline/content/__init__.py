"""A folder becomes a Publication and its Posts; after this door nothing is "maybe"."""
