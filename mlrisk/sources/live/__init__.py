"""The free feeds of the ``live`` source.

==============  ===================================================================================
``policy``      what every request obeys: hosts, rate, retries, deadline, one log event
``client``      HTTP with an on-disk cache
``yahoo``       daily bars, dividends and splits; ``chart`` makes them what was traded
``cboe``        histories of the VIX family
``fred``        daily series; every vintage of monthly ones, with a key
``calendars``   release schedules of the BLS, the Federal Reserve and the ISM
``pmi``         the ISM PMI, from a file that the user gives
==============  ===================================================================================

A feed has a pure ``parse_*`` over the bytes of an answer, strict about its shape, and a ``fetch_*``
that sends the request. Nothing here reads the clock or the environment, or writes a table.
"""
