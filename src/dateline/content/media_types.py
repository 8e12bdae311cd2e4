"""What a file's name says of its media type.

A table of our own: that of the standard library differs between its releases, and adds what a machine knows besides.
"""

_TYPES = {
    "application": {
        "epub+zip": "epub",
        "geo+json": "geojson",
        "gzip": "gz",
        "json": "json",
        "msword": "doc",
        "pdf": "pdf",
        "rtf": "rtf",
        "vnd.ms-excel": "xls",
        "vnd.ms-powerpoint": "ppt",
        "vnd.oasis.opendocument.presentation": "odp",
        "vnd.oasis.opendocument.spreadsheet": "ods",
        "vnd.oasis.opendocument.text": "odt",
        "vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "x-bittorrent": "torrent",
        "x-subrip": "srt",
        "x-tar": "tar",
        "xml": "xml",
        "zip": "zip",
    },
    "audio": {
        "aac": "aac",
        "aiff": "aif aiff",
        "flac": "flac",
        "midi": "mid midi",
        "mpeg": "mp3 mp2",
        "ogg": "ogg oga opus spx",
        "wav": "wav",
        "webm": "weba",
        "x-m4a": "m4a m4b",
        "x-ms-wma": "wma",
    },
    "image": {
        "avif": "avif",
        "bmp": "bmp",
        "gif": "gif",
        "heic": "heic",
        "jpeg": "jpg jpeg",
        "jxl": "jxl",
        "png": "png",
        "svg+xml": "svg",
        "tiff": "tif tiff",
        "webp": "webp",
        "x-icon": "ico",
    },
    "text": {"calendar": "ics", "csv": "csv", "html": "html htm", "plain": "txt", "vtt": "vtt"},
    "video": {
        "mp4": "mp4",
        "mpeg": "mpeg mpg",
        "ogg": "ogv",
        "quicktime": "mov",
        "webm": "webm",
        "x-m4v": "m4v",
        "x-matroska": "mkv",
        "x-msvideo": "avi",
    },
}
_BY_ENDING = {
    ending: f"{kind}/{name}" for kind, names in _TYPES.items() for name, all in names.items() for ending in all.split()
}


def media_type_of(path: str) -> str | None:
    """The media type of a file with such a name, or None where that does not tell."""
    return _BY_ENDING.get(path.rpartition("/")[2].rpartition(".")[2].lower())
