"""The steps of the pipeline: index what changed, render entries, resolve links and attachments, list the outputs."""
