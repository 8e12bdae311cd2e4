"""Read what is written out in the settings of generators that are programs. Nothing is run."""
