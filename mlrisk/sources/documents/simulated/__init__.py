"""Releases of the simulated world: statements, minutes, consumer prices and jobs, as web pages.

What they state are the world's own figures, so every answer is known. Which words they use hangs
on the seed and on the day a page is about, and on nothing else: another day appended to the world
changes no page that was there. Payrolls, output and income are not in the world, and no page speaks
of them.

Timing
------
A page is published at its release time, minutes three weeks after their meeting. The decision of a
meeting is read off the federal funds rate of that day, which is known on the next session: the
statement is fetched then, a day late, under the moment it was published.
"""

from mlrisk.sources.documents.simulated.source import SimulatedDocuments

__all__ = ["SimulatedDocuments"]
