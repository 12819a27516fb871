"""The ways into an account: passkeys, wallets and recovery codes. Whoever is signed in adds one."""

from typing import Any

from litestar import Controller, Request, Response, post
from litestar.status_codes import HTTP_200_OK

from ashao.api.account import schemas as wire
from ashao.api.account.relying_party import relying_party_of
from ashao.api.http.auth import account_of, count_try, owner_of, sign_in_rate_limit
from ashao.api.http.client import device_of
from ashao.api.http.cookies import secret_in, session_cookie
from ashao.api.http.openapi import error_responses
from ashao.api.http.origin import same_origin
from ashao.identity.challenges import SignedIn
from ashao.identity.owners import is_visitor, of_account
from ashao.identity.passkey_proof import parse_credential
from ashao.identity.recovery_codes import as_meant
from ashao.services import Services

Entering = Response[wire.Entered]


class SignInController(Controller):
    """Each way in is asked for and then answered; the answer signs in."""

    path = "/api/account"
    tags = ["accounts"]
    guards = [same_origin, sign_in_rate_limit]

    @post(
        "/passkey/register/options",
        operation_id="beginPasskey",
        status_code=HTTP_200_OK,
        responses=error_responses(403, 429),
    )
    async def begin_passkey(
        self, request: Request[Any, Any, Any], services: Services
    ) -> wire.IssuedChallenge:
        """What the browser needs to make a passkey, for a new account or for one's own."""
        account_id = await account_of(request, services)
        relying_party = relying_party_of(request, services.settings)
        begun = await services.passkeys.registration_options(relying_party, account_id)
        return wire.IssuedChallenge(challenge_id=begun.challenge_id, options=begun.options)

    @post(
        "/passkey/register",
        operation_id="registerPasskey",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 404, 409, 413, 415, 429),
    )
    async def register_passkey(
        self, request: Request[Any, Any, Any], data: wire.PasskeyBody, services: Services
    ) -> Entering:
        """Keep the passkey that was made; without an account yet, this makes one."""
        account_id = await account_of(request, services)
        signed_in = await services.membership.register_passkey(
            relying_party_of(request, services.settings),
            data.challenge_id,
            data.credential,
            data.name,
            account_id,
        )
        return await _entered(
            request, services, signed_in, data, is_addition=account_id is not None
        )

    @post(
        "/passkey/login/options",
        operation_id="beginPasskeyLogin",
        status_code=HTTP_200_OK,
        responses=error_responses(403, 429),
    )
    async def begin_passkey_login(
        self, request: Request[Any, Any, Any], services: Services
    ) -> wire.IssuedChallenge:
        """What the browser needs to sign in with a passkey."""
        begun = await services.passkeys.sign_in_options(
            relying_party_of(request, services.settings)
        )
        return wire.IssuedChallenge(challenge_id=begun.challenge_id, options=begun.options)

    @post(
        "/passkey/login",
        operation_id="loginWithPasskey",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 413, 415, 429),
    )
    async def login_with_passkey(
        self, request: Request[Any, Any, Any], data: wire.PasskeyLoginBody, services: Services
    ) -> Entering:
        """Sign in."""
        await count_try(services, "passkey", parse_credential(data.credential).raw_id.hex())
        signed_in = await services.passkeys.sign_in(
            relying_party_of(request, services.settings), data.challenge_id, data.credential
        )
        return await _entered(request, services, signed_in, data)

    @post(
        "/wallet/challenge",
        operation_id="beginWallet",
        status_code=HTTP_200_OK,
        responses=error_responses(403, 413, 415, 429),
    )
    async def begin_wallet(
        self, request: Request[Any, Any, Any], data: wire.WalletBody, services: Services
    ) -> wire.WalletChallenge:
        """The message for a wallet to sign, once."""
        await count_try(services, "wallet", data.address.lower())
        begun = await services.wallets.challenge(
            relying_party_of(request, services.settings),
            data.address,
            data.chain_id,
            await account_of(request, services),
        )
        return wire.WalletChallenge(challenge_id=begun.challenge_id, message=begun.options)

    @post(
        "/wallet/login",
        operation_id="loginWithWallet",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 404, 409, 413, 415, 429),
    )
    async def login_with_wallet(
        self, request: Request[Any, Any, Any], data: wire.WalletLoginBody, services: Services
    ) -> Entering:
        """Sign in, for a new wallet with a new account; whoever is signed in adds the wallet."""
        account_id = await account_of(request, services)
        signed_in = await services.membership.sign_in_with_wallet(
            relying_party_of(request, services.settings),
            data.challenge_id,
            data.signature,
            account_id,
        )
        return await _entered(
            request, services, signed_in, data, is_addition=account_id is not None
        )

    @post(
        "/recover",
        operation_id="recover",
        status_code=HTTP_200_OK,
        responses=error_responses(401, 403, 413, 415, 429),
    )
    async def recover(
        self, request: Request[Any, Any, Any], data: wire.RecoverBody, services: Services
    ) -> Entering:
        """Sign in with a recovery code, which is then used up."""
        await count_try(services, "code", as_meant(data.code))
        return await _entered(
            request, services, await services.recovery_codes.sign_in(data.code), data
        )


async def _entered(
    request: Request[Any, Any, Any],
    services: Services,
    signed_in: SignedIn,
    body: wire.Bring,
    *,
    is_addition: bool = False,
) -> Entering:
    """Open a session in place of the one before, unless who is signed in only added a way in."""
    account_id = signed_in.account_id
    cookies = []
    if not is_addition:
        before = await owner_of(request, services)
        device = device_of(request.headers.get("user-agent", ""))
        old = secret_in(request, services.settings)
        token = await services.account_sessions.open(account_id, device, old)
        cookies.append(session_cookie(token, services.settings))
        if body.move_history and before is not None and is_visitor(before):
            await services.conversations.move(before, of_account(account_id))
    codes = await services.recovery_codes.renew(account_id) if signed_in.is_new else []
    account = wire.account_of(await services.accounts.view(account_id))
    return Response(wire.Entered(account=account, recovery_codes=codes), cookies=cookies)
