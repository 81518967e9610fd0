"""What a run can claim of what it did not see: one claim a channel, and the joint one."""

from dataclasses import dataclass

from harness.domain.scores import Interval


@dataclass(frozen=True, slots=True)
class Claim:
    """What the probes of one channel show: a zero-tolerance rule of one suite over one route."""

    check: str
    """Id of the check."""
    generator: str
    """Family and version of what drew the probes: the population that the bound speaks of."""
    hits: int
    """Probes that found what must not be there."""
    probes: int
    """Probes planned, whatever came of them."""
    clusters: int
    """Groups of probes that share a document, a principal or a template."""
    effective: int
    """Independent trials: the clusters, since probes of one cluster are taken to succeed or fail together."""
    errored: int
    void: int
    """Probes whose positive control did not fire, or that have no value for another reason."""
    confidence: float
    bound: float
    """Upper bound of the rate of clusters that leak, at `confidence`; errored and void ones count as leaks."""
    joint_bound: float
    """The same at the confidence that all channels together need (Bonferroni)."""
    tries: int
    """How many independent tries the exposure speaks of."""
    exposure: float
    """Probability of at least one leak in `tries`, were the rate as high as `bound`."""


def joint_interval(claims: tuple[Claim, ...]) -> Interval | None:
    """The highest rate that any channel may have, all of them held at once; None where there is no channel."""
    if not claims:
        return None
    return Interval(None, max(claim.joint_bound for claim in claims), claims[0].confidence, "bonferroni")
