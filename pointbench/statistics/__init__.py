"""Statistics of clicks on plain arrays. Pure: no files, no clock, no hidden randomness.

==============  ===================================================================================
`arrays`        array types of the signatures, for the type checker
`estimates`     `Estimate`, a figure with its interval and the evidence for it
`intervals`     Wilson and Clopper-Pearson for independent trials
`clusters`      shares and means of clustered trials (screenshots, apps)
`reliability`   pass^k, k in a row, horizon, supported k, rows of clicks, survival of a session
`flips`         how often a verdict changes between two trials of one target
`paired`        two models on the targets that both answered: difference, McNemar, Holm, ranks
`sequential`    deciding a streak's goal with a check after every click
`goal`          how many clicks such a decision takes
`betting`       bets on the total of a finite bank of verdicts, asked without replacement
`gate`          whether a model keeps the total of a stored run, decided while it is asked
`planning`      how many trials a claim needs
`search`        the smallest whole number for which a condition holds
==============  ===================================================================================

Nothing is imported here, so ``import pointbench.statistics`` costs nothing.
"""
