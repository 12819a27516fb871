"""One's own account: see it, take ways in away, end sessions, leave, delete everything."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from ashao.api.account import schemas as wire
from ashao.api.http.auth import account_of
from ashao.api.http.cookies import no_cookie, secret_in
from ashao.api.http.openapi import error_responses
from ashao.api.http.origin import same_origin
from ashao.api.wire import ID_PATTERN
from ashao.errors import NotFound
from ashao.identity.owners import AccountId
from ashao.services import Services

PasskeyId = Annotated[str, Parameter(pattern=ID_PATTERN)]
SessionId = Annotated[str, Parameter(pattern=ID_PATTERN)]
WalletAddress = Annotated[str, Parameter(pattern="^0x[0-9a-fA-F]{40}$")]


class AccountController(Controller):
    """What an account's owner sees and decides."""

    path = "/api/account"
    tags = ["accounts"]
    guards = [same_origin]

    @get("/", operation_id="account", responses=error_responses())
    async def account(self, request: Request[Any, Any, Any], services: Services) -> wire.WhoAmI:
        """The account that is signed in here; null for anybody else."""
        account_id = await account_of(request, services)
        if account_id is None:
            return wire.WhoAmI(account=None)
        try:
            return wire.WhoAmI(account=wire.account_of(await services.accounts.view(account_id)))
        except NotFound:
            return wire.WhoAmI(account=None)

    @delete(
        "/",
        operation_id="deleteAccount",
        responses=error_responses(401, 403, 404, no_content="Everything is deleted"),
    )
    async def remove(self, account_id: AccountId, services: Services) -> Response[None]:
        """Delete everything; what stays are the ledger's lines, which then belong to nobody."""
        await services.eraser.account(account_id)
        return _left(services)

    @post(
        "/logout",
        operation_id="logout",
        status_code=HTTP_204_NO_CONTENT,
        responses=error_responses(403, no_content="Signed out"),
    )
    async def logout(self, request: Request[Any, Any, Any], services: Services) -> Response[None]:
        """End this session."""
        if token := secret_in(request, services.settings):
            await services.account_sessions.sign_out(token)
        return _left(services)

    @post(
        "/recovery-codes",
        operation_id="renewRecoveryCodes",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 404),
    )
    async def renew_codes(self, account_id: AccountId, services: Services) -> wire.Codes:
        """Ten new codes, told this once."""
        return wire.Codes(codes=await services.recovery_codes.renew(account_id))

    @delete(
        "/passkeys/{passkey_id:str}",
        operation_id="removePasskey",
        responses=error_responses(401, 403, 404, 409),
    )
    async def remove_passkey(
        self, passkey_id: PasskeyId, account_id: AccountId, services: Services
    ) -> None:
        """This passkey opens the account no longer."""
        await services.accounts.remove_passkey(account_id, passkey_id)

    @delete(
        "/wallets/{address:str}",
        operation_id="removeWallet",
        responses=error_responses(401, 403, 404, 409),
    )
    async def remove_wallet(
        self, address: WalletAddress, account_id: AccountId, services: Services
    ) -> None:
        """This wallet opens the account no longer."""
        await services.accounts.remove_wallet(account_id, address)

    @get("/sessions", operation_id="listSessions", responses=error_responses(401))
    async def sessions(
        self, request: Request[Any, Any, Any], account_id: AccountId, services: Services
    ) -> wire.SessionList:
        """Where the account is signed in."""
        here = secret_in(request, services.settings)
        found = await services.account_sessions.list_open(account_id, here)
        return wire.SessionList(
            sessions=[
                wire.Session(
                    id=each.id,
                    device=each.device,
                    created_at=each.created_at,
                    is_current=each.is_current,
                )
                for each in found
            ]
        )

    @delete(
        "/sessions/{session_id:str}",
        operation_id="endSession",
        responses=error_responses(401, 403, 404),
    )
    async def end_session(
        self, session_id: SessionId, account_id: AccountId, services: Services
    ) -> None:
        """Sign out there, at once."""
        await services.account_sessions.end(account_id, session_id)


def _left(services: Services) -> Response[None]:
    return Response(None, status_code=HTTP_204_NO_CONTENT, cookies=[no_cookie(services.settings)])
