"""Publishing: send what a build wrote to where it is served from, so that subscribers never meet a half of it.

A `Target` is that place. Most are a `Store`, which keeps files by their paths, like a folder or a bucket: `upload`
sends them what differs, in an order in which no feed names a page that is not there yet. The others take the whole
output: a branch of a git repository, or a program of the user's. `targets.TARGETS` lists all kinds.

Which target it is may come with a repository from the web, so `trust` has the user confirm each once.
"""
