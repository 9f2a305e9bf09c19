"""The steps that bring a shop's database from one version to the next. A step is never edited once shipped."""
