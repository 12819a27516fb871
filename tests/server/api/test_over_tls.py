"""Behind TLS, by an https ASHAO_PUBLIC_URL: cookies are Secure and sign-ins name that site."""

from pathlib import Path

from tests.support.member import Member
from tests.support.orchestrator import orchestrator

SITE = "https://chat.example.org"
NAME = "__Host-ashao_session"


async def test_over_tls_cookies_are_secure_from_the_first_to_the_last(tmp_path: Path) -> None:
    with orchestrator(tmp_path, ASHAO_PUBLIC_URL=SITE) as town:
        async with Member(town.url) as ann:
            asked = await ann.post("wallet/challenge", address=ann.wallet.address, chainId=1)
            assert f"URI: {SITE}\n" in asked.json()["message"]
            await ann.sign_in()
            (cookie,) = ann.http.cookies.jar
            assert (cookie.name, cookie.secure, cookie.path) == (NAME, True, "/")
            assert not cookie.domain_specified
            # This client would not send it over plain http, as no browser would.
            headers = {"Cookie": f"{NAME}={cookie.value}"}
            seen = await ann.http.get("/api/account", headers=headers)
            assert seen.json()["account"] is not None
            left = await ann.http.post("/api/account/logout", headers=headers)
            gone = left.headers["set-cookie"]
            assert gone.startswith(f"{NAME}=") and "Max-Age=0" in gone and "Secure" in gone
            seen = await ann.http.get("/api/account", headers=headers)
            assert seen.json() == {"account": None}
