"""report.html: one file that opens offline. `figures` take their colors from its style sheet."""
