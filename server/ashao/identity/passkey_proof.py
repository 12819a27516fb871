"""What a passkey is asked, and whether its answer holds: all that calls WebAuthn's library.

What a browser sends is anybody's bytes, and the library's parsers do not promise which error
they raise for them: any failure is a refusal. Call these on a thread: whichever comes first loads
the library, which takes longer than a start should, or others' streams can wait.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ashao.errors import BadRequest, NotSignedIn
from ashao.identity.challenges import PendingChallenge, RelyingParty
from ashao.identity.owners import AccountId
from ashao.identity.tables import Passkey

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential
    from webauthn.registration.verify_registration_response import VerifiedRegistration

UNKNOWN = "This passkey is not known here, or could not be verified."


def creation_options(
    site: RelyingParty, account_id: AccountId, held: Sequence[bytes]
) -> tuple[str, Any]:
    """A challenge, and what `navigator.credentials.create` needs beside it.

    No authenticator that has one of the credentials `held` makes another one.
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import bytes_to_base64url, generate_challenge, structs

    required = structs.UserVerificationRequirement.REQUIRED
    challenge = generate_challenge()
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="ashao",
        user_id=bytes.fromhex(account_id),
        user_name=f"ashao {account_id[:6]}",
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED, user_verification=required
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in held],
    )
    return bytes_to_base64url(challenge), msgspec.json.decode(options_to_json(options))


def request_options(site: RelyingParty) -> tuple[str, Any]:
    """A challenge, and what `navigator.credentials.get` needs beside it."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import bytes_to_base64url, generate_challenge, structs

    challenge = generate_challenge()
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return bytes_to_base64url(challenge), msgspec.json.decode(options_to_json(options))


def verify_registration(
    site: RelyingParty, pending: PendingChallenge, credential: dict[str, Any]
) -> "VerifiedRegistration":
    """The new passkey's parts. Raises BadRequest."""
    from webauthn import verify_registration_response
    from webauthn.helpers import base64url_to_bytes

    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(pending.secret),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise BadRequest("This passkey could not be verified. Please try again.") from error


def parse_credential(credential: dict[str, Any]) -> "AuthenticationCredential":
    """The parts of a passkey's answer, nothing of it believed yet. Raises NotSignedIn."""
    from webauthn.helpers import parse_authentication_credential_json

    try:
        return parse_authentication_credential_json(credential)
    except Exception as error:
        raise NotSignedIn(UNKNOWN) from error


def verify_sign_in(
    site: RelyingParty,
    pending: PendingChallenge,
    credential: "AuthenticationCredential",
    passkey: Passkey,
) -> int:
    """The authenticator's new count of signatures. Raises NotSignedIn."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    handle = credential.response.user_handle
    if handle not in (None, bytes.fromhex(passkey.account_id)):
        raise NotSignedIn(UNKNOWN)
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(pending.secret),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        raise NotSignedIn(UNKNOWN) from error
    return verified.new_sign_count
