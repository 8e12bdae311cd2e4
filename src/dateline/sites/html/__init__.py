"""Convert the HTML of exports to posts in Markdown."""
