"""Learning: stages that meet in files, from corpus and export to a promoted model."""
