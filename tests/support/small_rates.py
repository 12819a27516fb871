"""The product as `python -m tests.support.small_rates serve`, with rates that a test can reach."""

from ashao import rates
from ashao.cli import main

if __name__ == "__main__":
    for kind, rate in rates.RATES.items():
        rates.RATES[kind] = rates.Rate(rate.what, per_second=0.5, burst=2)
    main()
