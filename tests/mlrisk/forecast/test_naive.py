"""RV20 and EWMA are the past, scaled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk.forecast.naive import ScaledVolatility


def test_rv20_is_a_quarter_of_the_variance_of_twenty_sessions() -> None:
    model = ScaledVolatility("vol_20d", 20)
    rows = pd.DataFrame({"vol_20d": [0.04, 0.08]})
    np.testing.assert_allclose(model.predict(rows), [0.0004, 0.0016], rtol=1e-14)
    np.testing.assert_allclose(model.predict_volatility(rows), [0.02, 0.04], rtol=1e-14)


def test_a_volatility_of_zero_or_null_gives_no_forecast() -> None:
    rows = pd.DataFrame({"vol_20d": [0.04, 0.0, np.nan]})
    assert ScaledVolatility("vol_20d", 20).usable(rows).tolist() == [True, False, False]
