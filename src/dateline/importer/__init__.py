"""Moving in: old feeds become ids in front matter, or drafts of posts."""
