"""What subscribers will see of a build: published feeds read back, compared with the new ones, and explained."""
