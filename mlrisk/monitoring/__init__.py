"""What is watched: the quality of the data that comes in.

``quality`` holds every rule against the delivered tables and gathers what breaks one; the rules
themselves stand by subject: ``coverage``, ``prices``, ``adjustments``, ``crosschecks`` and
``releases``. ``rules`` is the engine (pandera), ``robust`` the yardstick, ``known`` the register of
documented exceptions and ``page`` the report for people.

Nothing here deletes or repairs a value: a finding is a statement about rows that stay as they are.
"""
