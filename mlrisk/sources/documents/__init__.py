"""Where documents come from: one interface, whatever stands behind it.

==============  ===================================================================================
``simulated``   releases and statements written from the figures of the simulated world
``folder``      what a user has: tables of texts, pages with an index, loose files
``landing``     what ``mlrisk fetch`` has appended to ``data/landing/documents``
``live``        the fetchers behind it: federalreserve.gov, bls.gov, bea.gov
==============  ===================================================================================

A source hands over bytes as they came and what it knows of them beside; what they say, and when
they were published where that is not known from outside, is read from them later.
"""
