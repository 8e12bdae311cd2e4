"""HTML pages: one for each post, lists of them, how to subscribe, and the sitemap.

Like feeds, pages are outputs with keys: one whose inputs are unchanged is neither rendered nor written.
"""
