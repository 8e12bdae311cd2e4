"""The embargo: no output gives away a draft or a scheduled post. Loaded only if there is such a post."""
