"""What people read: tables, overlays, the page, citations. Made from a run's files alone."""
