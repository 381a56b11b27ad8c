"""The contenders: each fitted on a window, then a function of one row of features."""
