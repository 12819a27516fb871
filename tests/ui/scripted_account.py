"""One person's account as the pages see it: passkeys are believed, credits stand still."""

from itertools import count
from typing import Any

Reply = tuple[int, object]

MADE = "2026-01-01T12:00:00Z"
CODES = ["first-code", "second-code"]
RELYING_PARTY = "localhost"
CHALLENGE = "Y2hhbGxlbmdlLW9mLXRoaXMtdGVzdA"


class ScriptedAccount:
    """What `/api/account`, `/api/credits` and `/api/keys` say; it keeps what it was asked."""

    def __init__(self) -> None:
        self.is_signed_in = False
        self.is_deleted = False
        self.passkeys: list[dict[str, Any]] = []
        self.keys: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._numbers = count(1)

    def get(self, path: str) -> Reply:
        """Read something."""
        replies: dict[str, object] = {
            "/api/account": {"account": self._account() if self.is_signed_in else None},
            "/api/credits": {"credits": 482},
            "/api/credits/ledger": {"entries": _entries()},
            "/api/account/sessions": {
                "sessions": [
                    {"id": "1", "device": "Chromium", "createdAt": MADE, "isCurrent": True}
                ],
            },
            "/api/keys": {"keys": self.keys},
        }
        return (200, replies[path]) if path in replies else (404, {"error": "Nothing here."})

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Do something."""
        self.asked.append((path, body))
        match path.removeprefix("/api/"):
            case "account/passkey/register/options":
                return 200, {"challengeId": "c1", "options": _creation()}
            case "account/passkey/login/options":
                return 200, {"challengeId": "c2", "options": _request()}
            case "account/passkey/register":
                self.passkeys.append({"id": body["credential"]["id"], "createdAt": MADE})
                return self._enter(CODES)
            case "account/passkey/login" | "account/wallet/login" | "account/recover":
                return self._enter([])
            case "account/wallet/challenge":
                return 200, {"challengeId": "c3", "message": f"sign in as {body['address']}"}
            case "account/logout":
                self.is_signed_in = False
                return 200, {}
            case "keys":
                key = {"id": str(next(self._numbers)), "prefix": "ashao_ab", "createdAt": MADE}
                self.keys.append(key | {"name": body["name"], "scopes": body["scopes"]})
                return 201, {"key": self.keys[-1], "secret": "ashao_abcdef"}
        return 404, {"error": "There is nothing here."}

    def delete(self, path: str) -> Reply:
        """Take something away."""
        if path == "/api/account":
            self.is_deleted, self.is_signed_in = True, False
        elif path.startswith("/api/keys/"):
            self.keys = [key for key in self.keys if key["id"] != path.rpartition("/")[2]]
        return 204, {}

    def _enter(self, codes: list[str]) -> Reply:
        self.is_signed_in = True
        return 200, {"account": self._account(), "recoveryCodes": codes}

    def _account(self) -> dict[str, Any]:
        return {
            "id": "a" * 32,
            "createdAt": MADE,
            "passkeys": self.passkeys,
            "wallets": [{"address": "0xabcdef0123456789", "createdAt": MADE}],
            "recoveryCodesLeft": len(CODES),
        }


def _entries() -> list[dict[str, Any]]:
    return [
        {"at": MADE, "kind": "settle", "credits": 7, "jobId": "b" * 32},
        {"at": MADE, "kind": "charge", "credits": -10, "jobId": "c" * 32},
        {"at": MADE, "kind": "sign_up", "credits": 485, "jobId": None},
    ]


def _creation() -> dict[str, Any]:
    return {
        "rp": {"id": RELYING_PARTY, "name": "ashao"},
        "user": {"id": "dXNlcg", "name": "ashao", "displayName": "ashao"},
        "challenge": CHALLENGE,
        "pubKeyCredParams": [
            {"type": "public-key", "alg": -7},
            {"type": "public-key", "alg": -257},
        ],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
    }


def _request() -> dict[str, Any]:
    return {"rpId": RELYING_PARTY, "challenge": CHALLENGE, "userVerification": "required"}
