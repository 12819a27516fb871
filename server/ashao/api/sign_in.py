"""The ways into an account: passkeys, wallets and recovery codes. Whoever is signed in adds one."""

from typing import Any

from litestar import Controller, Request, Response, post
from litestar.status_codes import HTTP_200_OK

from ashao.api import account_wire as wire
from ashao.api.cookie import secret_in, session_cookie
from ashao.api.device import device_of
from ashao.api.document import refusals
from ashao.api.guards import owner_of, same_origin
from ashao.api.origin import site_of
from ashao.api.parts import Parts
from ashao.api.people import account_of, seldom
from ashao.people.books import of_account
from ashao.people.ways_in import SignedIn

Entering = Response[wire.Entered]


class SignInController(Controller):
    """Each way in is asked for and then answered; the answer signs in."""

    path = "/api/account"
    tags = ["accounts"]
    guards = [same_origin, seldom]

    @post(
        "/passkey/register/options",
        operation_id="beginPasskey",
        status_code=HTTP_200_OK,
        responses=refusals(403, 429),
    )
    async def begin_passkey(self, request: Request[Any, Any, Any], parts: Parts) -> wire.Begun:
        """What the browser needs to make a passkey, for a new account or for one's own."""
        account_id = await account_of(request, parts)
        site = site_of(request, parts.settings)
        begun = await parts.people.passkeys.registration_options(site, account_id)
        return wire.Begun(challenge_id=begun.challenge_id, options=begun.options)

    @post(
        "/passkey/register",
        operation_id="registerPasskey",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 404, 409, 413, 429),
    )
    async def register_passkey(
        self, request: Request[Any, Any, Any], data: wire.PasskeyBody, parts: Parts
    ) -> Entering:
        """Keep the passkey that was made; without an account yet, this makes one."""
        account_id = await account_of(request, parts)
        signed_in = await parts.people.passkeys.register(
            site_of(request, parts.settings),
            data.challenge_id,
            data.credential,
            data.name,
            account_id,
        )
        return await _entered(request, parts, signed_in, data, is_addition=account_id is not None)

    @post(
        "/passkey/login/options",
        operation_id="beginPasskeyLogin",
        status_code=HTTP_200_OK,
        responses=refusals(403, 429),
    )
    async def begin_passkey_login(
        self, request: Request[Any, Any, Any], parts: Parts
    ) -> wire.Begun:
        """What the browser needs to sign in with a passkey."""
        begun = await parts.people.passkeys.sign_in_options(site_of(request, parts.settings))
        return wire.Begun(challenge_id=begun.challenge_id, options=begun.options)

    @post(
        "/passkey/login",
        operation_id="loginWithPasskey",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 413, 429),
    )
    async def login_with_passkey(
        self, request: Request[Any, Any, Any], data: wire.PasskeyLoginBody, parts: Parts
    ) -> Entering:
        """Sign in."""
        signed_in = await parts.people.passkeys.sign_in(
            site_of(request, parts.settings), data.challenge_id, data.credential
        )
        return await _entered(request, parts, signed_in, data)

    @post(
        "/wallet/challenge",
        operation_id="beginWallet",
        status_code=HTTP_200_OK,
        responses=refusals(403, 413, 429),
    )
    async def begin_wallet(
        self, request: Request[Any, Any, Any], data: wire.WalletBody, parts: Parts
    ) -> wire.WalletChallenge:
        """The message for a wallet to sign."""
        begun = await parts.people.wallets.challenge(
            site_of(request, parts.settings),
            data.address,
            data.chain_id,
            await account_of(request, parts),
        )
        return wire.WalletChallenge(challenge_id=begun.challenge_id, message=begun.options)

    @post(
        "/wallet/login",
        operation_id="loginWithWallet",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 404, 409, 413, 429),
    )
    async def login_with_wallet(
        self, request: Request[Any, Any, Any], data: wire.WalletLoginBody, parts: Parts
    ) -> Entering:
        """Sign in, for a new wallet with a new account; whoever is signed in adds the wallet."""
        account_id = await account_of(request, parts)
        signed_in = await parts.people.wallets.sign_in(
            site_of(request, parts.settings), data.challenge_id, data.signature, account_id
        )
        return await _entered(request, parts, signed_in, data, is_addition=account_id is not None)

    @post(
        "/recover",
        operation_id="recover",
        status_code=HTTP_200_OK,
        responses=refusals(401, 403, 413, 429),
    )
    async def recover(
        self, request: Request[Any, Any, Any], data: wire.RecoverBody, parts: Parts
    ) -> Entering:
        """Sign in with a recovery code, which is then used up."""
        return await _entered(request, parts, await parts.people.codes.sign_in(data.code), data)


async def _entered(
    request: Request[Any, Any, Any],
    parts: Parts,
    signed_in: SignedIn,
    body: wire.Bring,
    *,
    is_addition: bool = False,
) -> Entering:
    """Open a session in place of the one before, unless who is signed in only added a way in."""
    people, account_id = parts.people, signed_in.account_id
    cookies = []
    if not is_addition:
        before = await owner_of(request, parts)
        device = device_of(request.headers.get("user-agent", ""))
        old = secret_in(request, parts.settings)
        token = await people.sessions.open(account_id, device, old)
        cookies.append(session_cookie(token, parts.settings))
        if body.move_history and before is not None and before.startswith("anon:"):
            await parts.conversations.move(before, of_account(account_id))
    codes = await people.codes.renew(account_id) if signed_in.is_new else []
    account = wire.shown(await people.accounts.view(account_id))
    return Response(wire.Entered(account=account, recovery_codes=codes), cookies=cookies)
