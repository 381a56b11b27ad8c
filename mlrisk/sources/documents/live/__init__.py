"""Fetchers of documents: lists of what agencies have published, and the pages themselves.

==============  ===================================================================================
``fed``         statements and minutes of the FOMC: its calendar, and the history of each year
``bls``         Consumer Price Index and Employment Situation: archives, and the current release
``bea``         gross domestic product, personal income and outlays: the archive of news
``listed``      what a list says of a document, and what its own page says of its release
``robots``      what a site wants left alone, and how slowly it wants to be read
``collect``     every list asked, and what has not landed fetched
==============  ===================================================================================

They send their requests with the client and the policy of ``mlrisk.sources.live``. Which pages
there are is read off links, so that the templates of different years need no parser of their own.
"""
