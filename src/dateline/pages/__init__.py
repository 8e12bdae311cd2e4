"""Pages to read and to subscribe from: one for each post, lists of them, and what search engines want to know.

Like feeds they are products with keys: a page whose inputs are as they were is neither rendered nor written.
"""
