"""Answers of the published server, played again to ours, row by row.

A recording names what was sent in a few words; each module here sends one group of it again, in its order.
"""
