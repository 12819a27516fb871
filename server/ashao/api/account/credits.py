"""What an account has earned and spent."""

from typing import Any

from litestar import Controller, Request, Response, get

from ashao.api.account import schemas as wire
from ashao.api.http.auth import account_of
from ashao.api.http.openapi import error_responses
from ashao.identity.owners import AccountId, of_account
from ashao.services import Services


class CreditController(Controller):
    """One's own lines of the ledger."""

    path = "/api/credits"
    tags = ["credits"]

    @get("/", operation_id="credits", responses=error_responses())
    async def balance(self, request: Request[Any, Any, Any], services: Services) -> wire.Credits:
        """How many there are; none for whoever is not signed in."""
        account_id = await account_of(request, services)
        if account_id is None:
            return wire.Credits(credits=0)
        return wire.Credits(credits=await services.ledger.balance(of_account(account_id)))

    @get("/ledger", operation_id="ledger", responses=error_responses(401))
    async def ledger(self, account_id: AccountId, services: Services) -> wire.LedgerEntries:
        """The latest movements."""
        return wire.LedgerEntries(
            entries=[
                wire.LedgerEntry(
                    at=each.at, kind=each.kind, credits=each.credits, job_id=each.job_id
                )
                for each in await services.statement.lines(account_id)
            ]
        )

    @get(
        "/ledger.csv",
        operation_id="ledgerCsv",
        media_type="text/csv",
        responses=error_responses(401),
    )
    async def csv(self, account_id: AccountId, services: Services) -> Response[str]:
        """All movements, to take along."""
        return Response(
            await services.statement.csv(account_id),
            headers={"Content-Disposition": 'attachment; filename="ashao-credits.csv"'},
            media_type="text/csv",
        )
