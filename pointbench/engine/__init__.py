"""From a plan of trials to a journal of records."""
