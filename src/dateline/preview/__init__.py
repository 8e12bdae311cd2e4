"""``dateline preview``: build and serve, on this machine only, what would be published.

    posts/ -> command -> builder (a process of its own) -> output folder -> app -> server -> browsers, readers
                              `-- errors -> live_reload -> open pages

The preview has its own address, output folder and cache, so nothing of it gets into what is published.
"""
