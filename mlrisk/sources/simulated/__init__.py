r"""A small macro-financial world with a known truth: the embedded default source.

It looks like the S&P 500 and its neighbours (``tests/mlrisk/sources/simulated/test_moments.py``
holds its moments inside bands that the real series obey), runs offline, and knows what no real
source does: the variance behind each day and the best possible forecast of the next five. One seed
is one history, and nothing in it copies a real price.

**Variance** (``volatility``). A three-state Markov chain *S* (0 calm, 1 transition, 2 risk-off)
sets the level, a slow and a fast factor move around it, and both lean against the return shock *e*:

.. math::

    r_t &= \mu[S_t] + \sigma_t \sqrt{w_t} \, e_t, \qquad e_t \sim N(0, 1), \quad
        (\nu - 2) / w_t \sim \chi^2_\nu \\
    \ln \sigma_t^2 &= m[S_t] + f^1_{t-1} + f^2_{t-1} \\
    f^j_t &= \phi_j f^j_{t-1} + \varsigma_j \sqrt{1 - \phi_j^2} \,
        \bigl(\rho_j e_t + \sqrt{1 - \rho_j^2} \, u^j_t\bigr), \qquad u^j_t \sim N(0, 1)

Return shocks are thus Student-t, while the factors stay Gaussian, so every moment of future
variance exists and is a closed form. With *P* the transition matrix, the **oracle** is

.. math::

    E_t \sum_{i=1}^{n} r_{t+i}^2 = \sum_{i=1}^{n} \sum_k (P^i)_{S_t k} \Bigl(\mu[k]^2 + \exp\bigl(
        m[k] + \phi_1^{i-1} f^1_t + \phi_2^{i-1} f^2_t + \tfrac12 v_{i-1} \bigr)\Bigr)

where :math:`v_h` is the variance of :math:`f^1 + f^2` after *h* steps, with the covariance that
the shared shock brings. No forecast made at the close of *t* can have a lower expected QLIKE.

**Prices** (``prices``). Nights and days whose variances add up, a Brownian bridge from open to
close with exact extremes in each quarter of an hour, and other assets by a load on the benchmark
that depends on the regime. Intraday paths of different assets are independent given the day's
returns. Simulated funds pay no dividend and never split.

**Implied volatility** (``implied``). Root of the same closed form over 6, 21 and 63 sessions, plus
a premium that is dear in calm and cheap in turbulence, and persistent noise, without which the
indices would give the truth away.

**Macro** (``macro``). Releases with their times and vintages, correlated with the regimes.

==============  =======================  =========================================================
parameter       value                    stylised fact and source
==============  =======================  =========================================================
*P* diagonal    .995, .985, .983         calm lasts about 200 sessions, turbulence about 60
                                         (Ang & Timmermann 2012, Annu. Rev. Financ. Econ. 4)
exp(*m*/2)      10 %, 15 %, 28 % a year  volatility of the S&P 500 at a VIX below 18, 18 to 26 and
                                         above 26, 2007-2026: 11 %, 18 %, 39 %, factors included
*phi*           .97, .85                 two factors of different speed (Alizadeh, Brandt & Diebold
                                         2002, J. Finance 57(3); Chernov et al. 2003,
                                         J. Econometrics 116): with the regimes a slow decay of
                                         autocorrelation (Cont 2001, Quantitative Finance 1, fact 8;
                                         Corsi 2009, J. Financial Econometrics 7(2))
*varsigma*      .62, .40                 standard deviation of log realised variance about 1
                                         (Andersen, Bollerslev, Diebold & Ebens 2001,
                                         J. Financial Economics 61)
*rho*           -.75, -.70               leverage effect (Cont 2001, fact 9; Yu 2005,
                                         J. Econometrics 127(2))
*nu*            24                       tails of standardised returns are near Gaussian: mixing
                                         over variance makes the kurtosis (Cont 2001, fact 7;
                                         Andersen & Bollerslev 1998, Int. Economic Review 39(4))
overnight       .33 (SPY)                share of variance between close and open (Hansen & Lunde
                                         2005, J. Financial Econometrics 3(4); SPY .25 to .42)
premium         .19 in log variance      mean VIX above realised volatility (Carr & Wu 2009,
                                         Rev. Financial Studies 22(3); Bollerslev, Tauchen & Zhou
                                         2009, Rev. Financial Studies 22(11))
stock-bond      -.2, -.35, -.45          flight to quality (Connolly, Stivers & Sun 2005, J. Financ.
                                         Quant. Anal. 40(1); Baele, Bekaert & Inghelbrecht 2010,
                                         Rev. Financial Studies 23(6))
==============  =======================  =========================================================

The free ones among them (premium noise above all) are set so that a HAR regression with VIX and
VIX3M, walked forward, removes 55 to 70 % of the QLIKE that lies between the volatility of the last
20 sessions and the oracle: hard enough that ranges, VIX9D and other assets are worth adding.
"""

from mlrisk.sources.simulated.source import SimulatedSource

__all__ = ["SimulatedSource"]
