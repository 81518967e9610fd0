"""Places for calls that are under way."""

from system_under_test.routing.routes import Concurrency
from system_under_test.routing.slots import Slots


def test_a_tenant_cannot_take_every_place_of_a_route() -> None:
    slots = Slots(Concurrency(route=3, tenant=2))

    taken = [slots.take(tenant) for tenant in ("acme", "acme", "acme", "globex", "globex")]

    assert taken == [True, True, False, True, False]


def test_a_place_that_is_given_back_can_be_taken() -> None:
    slots = Slots(Concurrency(route=1, tenant=1))
    slots.take("acme")
    full = slots.full("globex")

    slots.give_back("acme")

    assert full
    assert not slots.full("globex")
    assert slots.take("globex")


def test_looking_takes_nothing() -> None:
    slots = Slots(Concurrency(route=1, tenant=1))

    assert [slots.full("acme") for _ in range(3)] == [False] * 3
    assert slots.take("acme")
