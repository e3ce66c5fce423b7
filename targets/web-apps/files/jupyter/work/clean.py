"""Clean the table."""

import csv


def clean(rows):
    return [row for row in rows if row["height"]]
