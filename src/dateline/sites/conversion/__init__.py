"""Convert the Markdown of other generators: template code, dialects, and links between posts."""
