"""What may be spent: every request is counted at its most until its reply says what it cost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from pointbench.adapters.prices import Dollars
from pointbench.errors import AskError, RetryLater


class Budget:
    """``limit`` dollars for a whole run, shared by its models; ``spent`` went out before.

    What is spent and what is under way together never exceed the limit, as long as no request costs
    more than it was counted at.
    """

    def __init__(self, limit: float, spent: float, stop: threading.Event) -> None:
        self.limit = limit
        self.spent = spent
        self._under_way = 0.0
        self._stop = stop
        self.changed = threading.Condition()

    def reserve(self, most: Callable[[], float], ready: Callable[[], bool]) -> float | None:
        """Set aside what a request may cost; None where it will never fit, or the run stops.

        Waits while requests under way may still turn out cheaper, and until ``ready``.
        """
        with self.changed:
            while not self._stop.is_set():
                dollars = most()
                if self.spent + dollars > self.limit:
                    return None
                if ready() and self.spent + self._under_way + dollars <= self.limit:
                    self._under_way += dollars
                    return dollars
                # A time-out, since nobody tells this condition that the run stops.
                self.changed.wait(0.2)
        return None

    def settle(self, reserved: float, cost: float) -> None:
        """The request that ``reserved`` was set aside for has ended and cost ``cost``."""
        with self.changed:
            self._under_way -= reserved
            self.spent += cost
            self.changed.notify_all()


@dataclass(frozen=True)
class Reservation:
    """One request under way, in dollars and in the tokens it was counted at."""

    dollars: float
    input_tokens: int
    output_tokens: int


class ModelBudget:
    """One model's hand on the budget.

    How many tokens a picture takes is a vendor's secret more often than not. So the first answer is
    awaited before a second request leaves, and an estimate that an answer exceeds is raised for all
    that follow.
    """

    def __init__(self, budget: Budget, dollars: Dollars) -> None:
        self._budget = budget
        self._dollars = dollars
        self._answered = False
        self._under_way = 0
        self._input_factor = 1.0
        self._output_factor = 1.0

    @property
    def budget(self) -> Budget:
        return self._budget

    def reserve(self, input_tokens: int, output_tokens: int) -> Reservation | None:
        """Set aside what a request may cost at its most; None where the budget has no room."""

        def most() -> float:
            return (
                self._dollars(
                    round(input_tokens * self._input_factor),
                    round(output_tokens * self._output_factor),
                )
                or 0.0
            )

        def ready() -> bool:
            return self._answered or not self._under_way

        # One lock for both, so that no two first requests leave together.
        with self._budget.changed:
            dollars = self._budget.reserve(most, ready)
            if dollars is None:
                return None
            self._under_way += 1
        return Reservation(dollars, input_tokens, output_tokens)

    def answered(
        self,
        reserved: Reservation,
        cost: float | None,
        input_tokens: int | None,
        output: int | None,
    ) -> None:
        """An answer came; ``cost`` None is unknown, and counted at its most."""
        with self._budget.changed:
            self._under_way -= 1
            self._answered = True
            self._input_factor = max(
                self._input_factor, (input_tokens or 0) / max(1, reserved.input_tokens)
            )
            self._output_factor = max(
                self._output_factor, (output or 0) / max(1, reserved.output_tokens)
            )
        self._budget.settle(reserved.dollars, reserved.dollars if cost is None else cost)

    def failed(self, reserved: Reservation, error: Exception) -> None:
        """No answer came. What may have been computed all the same is counted at its most."""
        with self._budget.changed:
            self._under_way -= 1
        self._budget.settle(reserved.dollars, 0.0 if never_billed(error) else reserved.dollars)


def never_billed(error: Exception) -> bool:
    """Whether a server refused the request, or was never reached; a time-out may be billed."""
    if isinstance(error, RetryLater):
        return error.refused
    return isinstance(error, AskError)
