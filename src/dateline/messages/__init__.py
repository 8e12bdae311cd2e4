"""What commands print: reports as text and as JSON, progress, errors. Nothing else prints."""
