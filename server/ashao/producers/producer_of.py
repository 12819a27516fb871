"""A provider as the jobs know it."""

from ashao.jobs.job import Home, Producer, ProducerId
from ashao.providers.provider import Provider
from ashao.providers.simulated import Simulated


def producer_of(provider: Provider) -> Producer:
    """Who claims a job when this provider is to write it."""
    home: Home = "simulation" if provider.id == Simulated.id else "cloud"
    return Producer(producer_id(provider), "provider", provider.model, home=home)


def producer_id(provider: Provider) -> ProducerId:
    """Its name as a producer."""
    return ProducerId(provider.id)
