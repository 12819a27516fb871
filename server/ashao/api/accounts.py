"""One's own account: see it, take ways in away, end sessions, leave, delete everything."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from ashao.api import account_wire as wire
from ashao.api.cookie import no_cookie, secret_in
from ashao.api.document import refusals
from ashao.api.guards import same_origin
from ashao.api.parts import Parts
from ashao.api.people import account_of
from ashao.errors import NotFound

PasskeyId = Annotated[str, Parameter(pattern="^[0-9a-f]{32}$")]
SessionId = Annotated[str, Parameter(pattern="^[0-9a-f]{32}$")]
WalletAddress = Annotated[str, Parameter(pattern="^0x[0-9a-fA-F]{40}$")]


class AccountController(Controller):
    """What an account's owner sees and decides."""

    path = "/api/account"
    tags = ["accounts"]
    guards = [same_origin]

    @get("/", operation_id="account", responses=refusals())
    async def account(self, request: Request[Any, Any, Any], parts: Parts) -> wire.WhoAmI:
        """The account that is signed in here; null for anybody else."""
        account_id = await account_of(request, parts)
        if account_id is None:
            return wire.WhoAmI(account=None)
        try:
            return wire.WhoAmI(account=wire.shown(await parts.people.accounts.view(account_id)))
        except NotFound:
            return wire.WhoAmI(account=None)

    @delete(
        "/",
        operation_id="deleteAccount",
        responses=refusals(401, 403, 404, no_content="Everything is deleted"),
    )
    async def remove(self, account_id: str, parts: Parts) -> Response[None]:
        """Delete everything; what stays are the ledger's lines, which then belong to nobody."""
        await parts.erase.account(account_id)
        return _left(parts)

    @post(
        "/logout",
        operation_id="logout",
        status_code=HTTP_204_NO_CONTENT,
        responses=refusals(403, no_content="Signed out"),
    )
    async def logout(self, request: Request[Any, Any, Any], parts: Parts) -> Response[None]:
        """End this session."""
        if token := secret_in(request, parts.settings):
            await parts.people.sessions.sign_out(token)
        return _left(parts)

    @post(
        "/recovery-codes",
        operation_id="renewRecoveryCodes",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 404),
    )
    async def renew_codes(self, account_id: str, parts: Parts) -> wire.Codes:
        """Ten new codes, told this once."""
        return wire.Codes(codes=await parts.people.codes.renew(account_id))

    @delete(
        "/passkeys/{passkey_id:str}",
        operation_id="removePasskey",
        responses=refusals(401, 403, 404, 409),
    )
    async def remove_passkey(self, passkey_id: PasskeyId, account_id: str, parts: Parts) -> None:
        """This passkey opens the account no longer."""
        await parts.people.accounts.remove_passkey(account_id, passkey_id)

    @delete(
        "/wallets/{address:str}",
        operation_id="removeWallet",
        responses=refusals(401, 403, 404, 409),
    )
    async def remove_wallet(self, address: WalletAddress, account_id: str, parts: Parts) -> None:
        """This wallet opens the account no longer."""
        await parts.people.accounts.remove_wallet(account_id, address)

    @get("/sessions", operation_id="listSessions", responses=refusals(401))
    async def sessions(
        self, request: Request[Any, Any, Any], account_id: str, parts: Parts
    ) -> wire.SessionList:
        """Where the account is signed in."""
        here = secret_in(request, parts.settings)
        found = await parts.people.sessions.listed(account_id, here)
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
        responses=refusals(401, 403, 404),
    )
    async def end_session(self, session_id: SessionId, account_id: str, parts: Parts) -> None:
        """Sign out there, at once."""
        await parts.people.sessions.end(account_id, session_id)


def _left(parts: Parts) -> Response[None]:
    return Response(None, status_code=HTTP_204_NO_CONTENT, cookies=[no_cookie(parts.settings)])
