"""Reports for people, made from a run's files alone: tables, overlays, the page, citations."""
