"""What signals mean:

State, scores, conditions, crossings, the catalogue. Pure Python: no Django, no clock, no I/O.
"""
