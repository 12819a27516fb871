"""Whether a passkey's answer holds: the one place that calls the WebAuthn library's checks.

What a browser sends is anybody's bytes, and the library's parsers do not promise which error
they raise for them: any failure is a refusal.
"""

from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.structs import AuthenticationCredential
from webauthn.registration.verify_registration_response import VerifiedRegistration

from ashao.errors import BadRequest, NotSignedIn
from ashao.identity.challenges import PendingChallenge, RelyingParty
from ashao.identity.tables import Passkey

UNKNOWN = "This passkey is not known here, or could not be verified."


def verify_registration(
    site: RelyingParty, pending: PendingChallenge, credential: dict[str, Any]
) -> VerifiedRegistration:
    """The new passkey's parts. Raises BadRequest."""
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


def parse_credential(credential: dict[str, Any]) -> AuthenticationCredential:
    """The parts of a passkey's answer, nothing of it believed yet. Raises NotSignedIn."""
    try:
        return parse_authentication_credential_json(credential)
    except Exception as error:
        raise NotSignedIn(UNKNOWN) from error


def verify_sign_in(
    site: RelyingParty,
    pending: PendingChallenge,
    credential: AuthenticationCredential,
    passkey: Passkey,
) -> int:
    """The authenticator's new count of signatures. Raises NotSignedIn."""
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
