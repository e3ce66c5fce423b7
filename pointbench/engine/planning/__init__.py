"""Before the first call: what is asked, in which order, and what it will cost."""
