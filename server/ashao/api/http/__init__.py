"""What every door needs: who calls, from where, what is answered when something fails."""
