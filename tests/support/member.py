"""Somebody with an account over HTTP: signs in with a wallet, chats, looks at their credits."""

from typing import Any

import httpx
from eth_account import Account as Ethereum
from eth_account.messages import encode_defunct

from tests.support.chat_client import ChatClient
from tests.support.scripted_worker import ScriptedWorker
from tests.support.wait import wait_until


class Member(ChatClient):
    """A person with a wallet."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.wallet = Ethereum.create()

    async def sign_in(self, **more: Any) -> dict[str, Any]:
        """Let the wallet sign; what the door says. The first time it makes an account."""
        asked = await self.post("wallet/challenge", address=self.wallet.address, chainId=1)
        signed = self.wallet.sign_message(encode_defunct(text=asked.json()["message"]))
        reply = await self.post(
            "wallet/login",
            challengeId=asked.json()["challengeId"],
            signature="0x" + signed.signature.hex(),
            **more,
        )
        assert reply.status_code == 200, reply.text
        entered: dict[str, Any] = reply.json()
        return entered

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """Ask the account's door."""
        return await self.http.post(f"/api/account/{path}", json=body)

    async def account(self) -> dict[str, Any] | None:
        """Who the server says that this is."""
        seen: dict[str, Any] | None = (await self.http.get("/api/account")).json()["account"]
        return seen

    async def credits(self) -> int:
        """How many there are now."""
        held: int = (await self.http.get("/api/credits")).json()["credits"]
        return held

    async def lines(self) -> list[tuple[str, int]]:
        """What was earned and spent, the latest first."""
        entries = (await self.http.get("/api/credits/ledger")).json()["entries"]
        return [(each["kind"], each["credits"]) for each in entries]

    async def until_credits(self, expected: int) -> None:
        """Wait for a balance: jobs are settled a little after they end."""

        async def holds() -> bool:
            return await self.credits() == expected

        await wait_until(holds, f"{expected} credits")

    async def donor(self, url: str) -> ScriptedWorker:
        """A worker of theirs, registered while they are signed in."""
        worker = ScriptedWorker(url)
        worker.http.cookies.update(self.http.cookies)
        await worker.register()
        return worker
