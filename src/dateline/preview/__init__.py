"""``dateline preview``: what would be published, built and served to its writer alone.

    posts/ ─▶ watching ─▶ builder (a process of its own) ─▶ output folder ─▶ serving ─▶ browsers, readers
                                     └── what is wrong ─▶ board ─▶ events ──────────────┘

Nothing of it gets into what is published: the address, the output folder and the catalogue are the preview's own.
"""
