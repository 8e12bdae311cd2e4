"""One module for each kind of source, all of the form of `dateline.sites.model.Importer`."""
