"""What an account has earned and spent."""

from typing import Any

from litestar import Controller, Request, Response, get

from ashao.api import account_wire as wire
from ashao.api.document import refusals
from ashao.api.parts import Parts
from ashao.api.people import account_of
from ashao.people.books import of_account


class CreditController(Controller):
    """One's own lines of the ledger."""

    path = "/api/credits"
    tags = ["credits"]

    @get("/", operation_id="credits", responses=refusals())
    async def balance(self, request: Request[Any, Any, Any], parts: Parts) -> wire.Credits:
        """How many there are; none for whoever is not signed in."""
        account_id = await account_of(request, parts)
        if account_id is None:
            return wire.Credits(credits=0)
        return wire.Credits(credits=await parts.people.ledger.balance(of_account(account_id)))

    @get("/ledger", operation_id="ledger", responses=refusals(401))
    async def ledger(self, account_id: str, parts: Parts) -> wire.LedgerEntries:
        """The latest movements."""
        return wire.LedgerEntries(
            entries=[
                wire.LedgerEntry(
                    at=each.at, kind=each.kind, credits=each.credits, job_id=each.job_id
                )
                for each in await parts.people.statement.lines(account_id)
            ]
        )

    @get("/ledger.csv", operation_id="ledgerCsv", media_type="text/csv", responses=refusals(401))
    async def csv(self, account_id: str, parts: Parts) -> Response[str]:
        """All movements, to take along."""
        return Response(
            await parts.people.statement.csv(account_id),
            headers={"Content-Disposition": 'attachment; filename="ashao-credits.csv"'},
            media_type="text/csv",
        )
