"""The tables, and the indexes by which they are asked."""

# Where a row is shown: in the main feed, in that of corrections alone, in none; or it was withdrawn, and is in none.
MAIN, ASIDE, DRAFT, WITHDRAWN = range(4)

TABLES = """
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE posts (
        number INTEGER PRIMARY KEY,
        path TEXT NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL, head_key TEXT NOT NULL, text_key TEXT NOT NULL,
        id TEXT NOT NULL, atom_id TEXT NOT NULL, url TEXT NOT NULL, canonical_url TEXT NOT NULL,
        place INTEGER NOT NULL, day TEXT NOT NULL, aliases TEXT NOT NULL,
        published_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
        shown INTEGER,
        fields TEXT NOT NULL, seal INTEGER NOT NULL,
        UNIQUE (path, part)
    );
    CREATE TABLE labels ( -- in the order of the key, lest SQLite 3.40 take the others for NULL when it looks through
        kind TEXT NOT NULL, slug TEXT NOT NULL,
        number INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
        folded TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (kind, slug, number, folded)
    ) WITHOUT ROWID;
    CREATE TABLE renderings (
        number INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
        key TEXT NOT NULL, html TEXT NOT NULL, "references" TEXT NOT NULL, summary TEXT NOT NULL,
        dropped TEXT NOT NULL, note TEXT NOT NULL, seal INTEGER NOT NULL,
        urls TEXT NOT NULL, media TEXT NOT NULL, attached TEXT NOT NULL
    );
    CREATE TABLE measures ( -- what was read of a file that had this stamp
        path TEXT NOT NULL, kind TEXT NOT NULL, stamp TEXT NOT NULL, found TEXT NOT NULL,
        PRIMARY KEY (path, kind)
    ) WITHOUT ROWID;
    CREATE TABLE consulted (
        path TEXT NOT NULL, number INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
        post TEXT, stamp TEXT NOT NULL,
        PRIMARY KEY (path, number)
    ) WITHOUT ROWID;
    CREATE TABLE outputs (
        folder TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL, stamp TEXT NOT NULL,
        PRIMARY KEY (folder, path)
    ) WITHOUT ROWID;
    CREATE TABLE hidden_posts ( -- that nothing in the next two tables gives away, under the key of what they say
        number INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
        key TEXT NOT NULL, title TEXT NOT NULL, details TEXT NOT NULL
    );
    CREATE TABLE post_texts ( -- owner is the number of a post
        owner INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
        key TEXT NOT NULL, html INTEGER NOT NULL, names TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE TABLE document_texts ( -- owner is the path of a document
        owner TEXT PRIMARY KEY, key TEXT NOT NULL, html INTEGER NOT NULL, names TEXT NOT NULL, text TEXT NOT NULL
    )
"""

# SQLite reads whole posts of its own accord where an index has all that is asked for, hence INDEXED BY in queries.
# Not kept up while a new catalogue is filled: to make them of all rows at once takes a fifth of the time.
INDEXES = f"""
    CREATE INDEX IF NOT EXISTS posts_newest ON posts (published_at DESC, id) WHERE place = {MAIN};
    CREATE INDEX IF NOT EXISTS posts_notes ON posts (published_at DESC, id) WHERE part != '';
    CREATE INDEX IF NOT EXISTS posts_withdrawn ON posts (updated_at DESC, id) WHERE place = {WITHDRAWN};
    CREATE INDEX IF NOT EXISTS posts_out ON posts (due_at, published_at, id, day, shown) WHERE place = {MAIN};
    CREATE INDEX IF NOT EXISTS posts_drafts ON posts (number) WHERE place = {DRAFT};
    CREATE INDEX IF NOT EXISTS posts_number ON posts (number, place, due_at, shown);
    CREATE INDEX IF NOT EXISTS posts_updated ON posts (updated_at) WHERE updated_at > due_at OR place = {WITHDRAWN};
    CREATE INDEX IF NOT EXISTS posts_aliases ON posts (path) WHERE aliases != '[]';
    CREATE INDEX IF NOT EXISTS posts_atom_id ON posts (atom_id);
    CREATE INDEX IF NOT EXISTS posts_url ON posts (url);
    CREATE INDEX IF NOT EXISTS post_texts_key ON post_texts (owner, key, html);
    CREATE INDEX IF NOT EXISTS document_texts_key ON document_texts (owner, key, html);
    CREATE INDEX IF NOT EXISTS labels_number ON labels (number);
    CREATE INDEX IF NOT EXISTS renderings_media ON renderings (number) WHERE media != '[]';
    CREATE INDEX IF NOT EXISTS consulted_number ON consulted (number)
"""
