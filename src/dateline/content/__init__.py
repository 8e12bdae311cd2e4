"""Read a folder of posts: settings as a Publication, files as Posts, with every default filled in."""
