"""report.html: one file that opens offline. Its style sheet gives figures their colors, too."""
