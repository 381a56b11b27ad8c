"""What minutes say beside figures: paragraphs in the manner of the Committee's, none with a number.

Each subject has several, of which a set of minutes takes some: documents of one kind are alike
without being the same.
"""

from __future__ import annotations

from mlrisk.sources.documents.simulated.page import Voice

TAKEN = 2
"""Paragraphs of a subject."""

MARKETS = (
    (
        "Market participants saw the expected path of the policy rate as little changed over "
        "the intermeeting period, and measures of implied equity volatility moved with the "
        "incoming data. Broad stock price indexes were sensitive to earnings news, while credit "
        "spreads on investment-grade and speculative-grade bonds remained narrow by the "
        "standards of past years."
    ),
    (
        "Respondents to the Open Market Desk's surveys had, on average, not revised their views "
        "of the longer-run policy rate. Options prices pointed to a somewhat wider range of "
        "outcomes for the year ahead than before the previous meeting. Liquidity in Treasury "
        "markets was in line with recent norms, and dealers reported no strains in "
        "intermediation."
    ),
    (
        "Conditions in money markets were orderly. Rates on overnight secured funding traded "
        "within the target range on nearly all days, with some upward pressure around the end "
        "of the quarter, and take-up at the overnight reverse repurchase agreement facility "
        "varied with the supply of Treasury bills."
    ),
    (
        "The foreign exchange value of the dollar moved little on net. Policy rates abroad were "
        "expected to follow that of the United States with a lag, and sovereign yields in other "
        "advanced economies rose and fell with domestic ones."
    ),
)
OUTLOOK = (
    (
        "The projection for economic activity prepared by the staff was similar to the one for "
        "the previous meeting. Output was expected to grow about in line with its potential "
        "over the medium term, as the effects of past policy actions on interest-sensitive "
        "spending waned and supply constraints in product and labor markets eased further."
    ),
    (
        "The staff continued to view the uncertainty around the baseline projection as "
        "elevated. Risks to the inflation projection were seen as tilted to the upside, since "
        "price setting might have become more sensitive to costs, whereas risks around the path "
        "of activity were judged to be skewed to the downside."
    ),
    (
        "The staff provided an update on its assessment of the stability of the financial "
        "system. Asset valuations were characterized as notable relative to fundamentals, "
        "household balance sheets as sound in the aggregate, and the funding of most domestic "
        "banks as stable, although some lenders remained exposed to commercial real estate."
    ),
    (
        "In the staff's projection, the unemployment rate was expected to stay close to its "
        "estimated natural rate. Wage growth was forecast to slow gradually toward a pace "
        "consistent with price stability, given trend gains in productivity."
    ),
)
VIEWS = (
    (
        "A few participants reported that business contacts in their Districts had become more "
        "cautious in their hiring plans. Firms preferred to let positions lapse over laying off "
        "workers whom they had found hard to recruit, and quits had moved back toward their "
        "usual rate."
    ),
    (
        "Several participants remarked that household spending had been supported by sound "
        "balance sheets, though lower-income households felt strain. Delinquencies on credit "
        "cards and on auto loans were mentioned as a sign that some families had exhausted "
        "their savings."
    ),
    (
        "Some participants pointed to tighter credit conditions for small businesses as a risk "
        "to activity. Community banks were said to have raised their standards, and investment "
        "projects that depend on borrowed funds had been put off in a number of Districts."
    ),
    (
        "In their discussion of the housing sector, participants noted that mortgage rates "
        "weighed on turnover, since owners with cheap loans were reluctant to move. New "
        "construction had in part taken the place of existing homes for sale, and rents of "
        "newly signed leases had slowed."
    ),
    (
        "Participants from agricultural and energy-producing Districts observed that margins "
        "had narrowed as input costs rose faster than the prices received. Drought conditions "
        "and the disruption of shipping routes were cited as sources of cost pressure."
    ),
    (
        "With regard to prices, a number of participants noted that contacts found it harder to "
        "pass on higher costs than a year or two before. Others cautioned that services prices, "
        "which depend largely on wages, had been slower to respond."
    ),
)
POLICY = (
    (
        "Participants discussed the risk management considerations that could bear on the "
        "setting of the policy rate. Easing too early might allow inflation to become "
        "entrenched, while keeping policy restrictive for too long could weaken activity and "
        "employment unduly. They agreed that policy was not on a preset course."
    ),
    (
        "Participants also considered the balance sheet. The runoff of securities was "
        "proceeding smoothly, and reserves were judged to remain abundant. A few preferred to "
        "slow the pace well before reserves approached the level that is consistent with ample "
        "supply."
    ),
    (
        "In considering how policy might respond to developments, participants emphasized that "
        "communication about the reaction function mattered as much as the decision itself. "
        "Several recalled episodes in which financial conditions had moved in advance of any "
        "action."
    ),
)


def some(voice: Voice, subject: str, paragraphs: tuple[str, ...], count: int = TAKEN) -> list[str]:
    """So many of the paragraphs, in their order here."""
    drawn = sorted(range(len(paragraphs)), key=lambda n: voice.number(f"{subject} {n}"))
    return [paragraphs[n] for n in sorted(drawn[:count])]
