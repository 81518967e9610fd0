"""What stands before every call to a hosted route: a place for it, money for it, and a closed circuit."""

from collections.abc import Callable

from system_under_test.routing.answer import Answer
from system_under_test.routing.breaker import Breaker
from system_under_test.routing.budget import Ledger
from system_under_test.routing.clock import Clock
from system_under_test.routing.eligibility import State
from system_under_test.routing.errors import CircuitOpenError, RouteBusyError, RouteFailedError
from system_under_test.routing.routes import HostedRoute
from system_under_test.routing.slots import Slots


class Guard:
    """The limits of one hosted route. Safe to use from several threads."""

    def __init__(self, route: HostedRoute, ledger: Ledger, clock: Clock) -> None:
        self._route = route
        self._ledger = ledger
        self._slots = Slots(route.concurrency)
        self._breaker = Breaker(route.circuit, clock)

    def state(self, tenant: str, *, reachable: bool, latency_ms: float | None) -> State:
        """What is live now. It can have changed by the time of the call, which is why `call` asks again."""
        return State(
            reachable=reachable,
            circuit_open=self._breaker.is_open(),
            busy=self._slots.full(tenant),
            left_usd=self._route.budget_usd - self._ledger.spent(tenant, self._route.name),
            latency_ms=latency_ms,
        )

    def call(self, tenant: str, estimate_usd: float, make: Callable[[], Answer]) -> Answer:
        """Make one call.

        Raises RouteBusyError, BudgetSpentError or CircuitOpenError before anything is sent, and what `make` raises.
        """
        if not self._slots.take(tenant):
            raise RouteBusyError("the route has as many calls under way as it may")
        try:
            return self._paid(tenant, estimate_usd, make)
        finally:
            self._slots.give_back(tenant)

    def _paid(self, tenant: str, estimate_usd: float, make: Callable[[], Answer]) -> Answer:
        reservation = self._ledger.reserve(tenant, self._route.name, estimate_usd, self._route.budget_usd)
        cost_usd: float | None = 0.0
        try:
            admission = self._breaker.admit()
            if admission is None:
                raise CircuitOpenError("the route failed too often and is left alone for a while")
            fault: RouteFailedError | None = None
            cost_usd = None
            try:
                answer = make()
                cost_usd = answer.cost_usd
            except RouteFailedError as caught:
                fault, cost_usd = caught, caught.cost_usd
                raise
            finally:
                self._breaker.ended(admission, fault)
        finally:
            self._ledger.settle(reservation, cost_usd)
        return answer
