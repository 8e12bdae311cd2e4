"""What each field of a post means to the rest of the program: `diff`, the embargo and retractions follow from that."""

from enum import Flag, auto

from dateline.model import Post


class Role(Flag):
    """A role of a field."""

    NONE = 0
    GUARDED = auto()  # its text is searched for in all output while the post is hidden
    SHOWN = auto()  # feeds carry it, so a change of it is one that subscribers can see
    CONTENT = auto()  # has a default, to which a retraction resets it, as does the item that a correction makes


# Every field of Post, classified once. The embargo knows id, title and URLs by name: it does more than search for them.
POST_ROLES = {
    **dict.fromkeys("path due timed draft body_line embargo part aliases canonical".split(), Role.NONE),
    **dict.fromkeys("edition translation_key template_code image_on_page in_feeds is_page menu".split(), Role.NONE),
    **dict.fromkeys(
        "id url title published updated authors tags language link related notes withdrawn image_in_feed".split(),
        Role.SHOWN,
    ),
    **dict.fromkeys(
        "summary image_alt image_caption image_credit enclosures episode".split(),
        Role.GUARDED | Role.SHOWN | Role.CONTENT,
    ),
    "first_words": Role.SHOWN | Role.CONTENT,  # of a text that is guarded
    "extra": Role.GUARDED | Role.CONTENT,
    "image": Role.SHOWN | Role.CONTENT,  # it has no text, and its file is guarded by its name
}
GUARDED_FIELDS = tuple(name for name, role in POST_ROLES.items() if Role.GUARDED in role)
CONTENT_FIELDS = tuple(name for name, role in POST_ROLES.items() if Role.CONTENT in role)


def emptied(post: Post) -> Post:
    """Return a post without the content that its fields carry."""
    return post._replace(**{name: post._field_defaults[name] for name in CONTENT_FIELDS})
