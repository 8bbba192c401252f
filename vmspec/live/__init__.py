"""Operations that need the organization: reading its catalogue, planning, and comparing.

They are generators without I/O, as those in ``vmspec.katapult.submission``; the clients run them.
"""
