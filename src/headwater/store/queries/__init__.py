"""Every statement Headwater runs, named and compiled once, grouped by what it is about.

Textual SQL in the common subset of both databases; what differs between them is in `dialect.py`.
"""
