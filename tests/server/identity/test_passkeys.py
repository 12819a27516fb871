"""A passkey makes an account, signs in to it, and is believed in nothing it cannot prove."""

import asyncio
from typing import Any

import pytest

from ashao.errors import AshaoError, BadRequest, Conflict, Forbidden, NotSignedIn
from ashao.identity.challenges import RelyingParty
from ashao.identity.owners import of_account
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.people import SITE, House

EVIL = "https://evil.example"


async def test_a_new_passkey_makes_an_account_that_it_signs_in_to(house: House) -> None:
    account_id, device = await house.sign_up()
    assert await house.sign_in(device) == account_id
    assert await house.ledger.balance(of_account(account_id)) == 500
    assert (await house.accounts.view(account_id)).passkeys[0].name == "Passkey"


async def test_a_second_passkey_leads_to_the_same_account(house: House) -> None:
    account_id, _ = await house.sign_up()
    phone = Authenticator(SITE.origin)
    await house.add(account_id, phone, "  my\nphone ")
    assert await house.sign_in(phone) == account_id
    assert await house.accounts.count() == 1
    names = [each.name for each in (await house.accounts.view(account_id)).passkeys]
    assert names == ["Passkey", "my phone"]


async def test_the_browser_is_told_which_passkeys_the_account_has(house: House) -> None:
    account_id, device = await house.sign_up()
    begun = await house.passkeys.registration_options(SITE, account_id)
    answer = device.get({"rpId": SITE.host, "challenge": ""})
    assert [each["id"] for each in begun.options["excludeCredentials"]] == [answer["id"]]


async def test_sign_in_options_tell_nothing_about_anybody(house: House) -> None:
    await house.sign_up()
    begun = await house.passkeys.sign_in_options(SITE)
    assert begun.options["allowCredentials"] == []
    assert set(begun.options) == {
        "challenge",
        "timeout",
        "rpId",
        "allowCredentials",
        "userVerification",
    }


async def test_an_answer_signs_in_once(house: House) -> None:
    _, device = await house.sign_up()
    begun = await house.passkeys.sign_in_options(SITE)
    answer = device.get(begun.options)
    await house.passkeys.sign_in(SITE, begun.challenge_id, answer)
    with pytest.raises(NotSignedIn):
        await house.passkeys.sign_in(SITE, begun.challenge_id, answer)


async def test_an_answer_to_an_earlier_challenge_is_refused(house: House) -> None:
    _, device = await house.sign_up()
    answer = device.get((await house.passkeys.sign_in_options(SITE)).options)
    begun = await house.passkeys.sign_in_options(SITE)
    with pytest.raises(NotSignedIn):
        await house.passkeys.sign_in(SITE, begun.challenge_id, answer)


async def test_an_unknown_passkey_is_refused_like_a_wrong_one(house: House) -> None:
    _, device = await house.sign_up()
    stranger = Authenticator(SITE.origin)
    impostor = Authenticator(SITE.origin)
    impostor.credential_id, impostor.user_handle = device.credential_id, device.user_handle
    for each in (stranger, impostor):
        with pytest.raises(NotSignedIn, match="not known here, or could not be verified"):
            await house.sign_in(each)


@pytest.mark.parametrize("is_sign_up", [True, False])
async def test_another_sites_answer_is_refused(house: House, is_sign_up: bool) -> None:
    _, device = await house.sign_up()
    with pytest.raises((BadRequest, NotSignedIn)):
        if is_sign_up:
            await house.sign_up(Authenticator(EVIL))
        else:
            device.origin = EVIL
            await house.sign_in(device)
    assert await house.accounts.count() == 1


async def test_a_challenge_holds_for_its_own_site_and_step_only(house: House) -> None:
    _, device = await house.sign_up()
    begun = await house.passkeys.sign_in_options(SITE)
    with pytest.raises(NotSignedIn):
        await house.passkeys.sign_in(
            RelyingParty(EVIL), begun.challenge_id, device.get(begun.options)
        )
    begun = await house.passkeys.sign_in_options(RelyingParty(EVIL))
    with pytest.raises(NotSignedIn):
        answer = device.get(begun.options | {"rpId": SITE.host})
        await house.passkeys.sign_in(SITE, begun.challenge_id, answer)
    begun = await house.passkeys.registration_options(SITE, None)
    options = begun.options | {"rpId": SITE.host}
    with pytest.raises(NotSignedIn):
        await house.passkeys.sign_in(SITE, begun.challenge_id, device.get(options))


async def test_a_passkey_without_a_verified_person_is_refused(house: House) -> None:
    with pytest.raises(BadRequest):
        await house.sign_up(Authenticator(SITE.origin, flags=PRESENT))
    _, device = await house.sign_up()
    device.flags = PRESENT
    with pytest.raises(NotSignedIn):
        await house.sign_in(device)


async def test_a_copied_passkey_is_seen_by_its_count(house: House) -> None:
    _, device = await house.sign_up()
    device.count = 7
    await house.sign_in(device)
    device.count = 3
    with pytest.raises(NotSignedIn):
        await house.sign_in(device)


async def test_a_passkey_belongs_to_one_account_only(house: House) -> None:
    _, device = await house.sign_up()
    with pytest.raises(Conflict):
        await house.sign_up(device)
    assert await house.accounts.count() == 1


async def test_nobody_slips_a_passkey_into_anothers_account(house: House) -> None:
    mallory, _ = await house.sign_up()
    victim, _ = await house.sign_up()
    begun = await house.passkeys.registration_options(SITE, mallory)
    credential = Authenticator(SITE.origin).create(begun.options)
    with pytest.raises(Forbidden):
        await house.membership.register_passkey(SITE, begun.challenge_id, credential, None, victim)
    begun = await house.passkeys.registration_options(SITE, victim)
    credential = Authenticator(SITE.origin).create(begun.options)
    with pytest.raises(NotSignedIn):
        await house.membership.register_passkey(SITE, begun.challenge_id, credential, None, None)


async def test_a_user_handle_of_another_account_is_refused(house: House) -> None:
    _, device = await house.sign_up()
    device.user_handle = bytes(16)
    with pytest.raises(NotSignedIn):
        await house.sign_in(device)


async def test_an_address_instead_of_a_name_is_told_kindly(house: House) -> None:
    for origin in ("http://127.0.0.1:8000", "http://[::1]:8000"):
        with pytest.raises(BadRequest, match="localhost"):
            await house.passkeys.registration_options(RelyingParty(origin), None)


async def test_an_account_has_at_most_20_passkeys(house: House) -> None:
    account_id, _ = await house.sign_up()
    for _ in range(19):
        await house.add(account_id, Authenticator(SITE.origin))
    with pytest.raises(Conflict, match="at most 20"):
        await house.add(account_id, Authenticator(SITE.origin))


async def test_the_same_answer_at_the_same_moment_makes_one_account(house: House) -> None:
    begun = await house.passkeys.registration_options(SITE, None)
    credential = Authenticator(SITE.origin).create(begun.options)
    calls = [
        house.membership.register_passkey(SITE, begun.challenge_id, credential, None, None)
        for _ in range(3)
    ]
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(each, NotSignedIn) for each in done) == 2
    assert await house.accounts.count() == 1


def _damaged(credential: dict[str, Any]) -> list[dict[str, Any]]:
    """Every part of an answer missing, of another type, empty, or cut short."""
    response = credential["response"]
    wrong: list[Any] = [None, 7, "", "!", "AAAA", {}, []]
    parts = [credential | {"response": response | {key: bad}} for key in response for bad in wrong]
    wholes = [credential | {key: bad} for key in credential for bad in wrong]
    cut = [credential | {"response": response | {key: response[key][:-9]}} for key in response]
    harmless = [
        each
        for each in [*parts, *wholes]
        if each["response"] == {**response, "userHandle": None}
        or each == credential | {"clientExtensionResults": each["clientExtensionResults"]}
    ]
    return [each for each in [*parts, *wholes, *cut, {}] if each not in harmless]


async def test_damaged_answers_are_refused_and_never_break_anything(house: House) -> None:
    _, device = await house.sign_up()
    begun = await house.passkeys.registration_options(SITE, None)
    kept = await house.pending(begun.challenge_id)
    for bad in _damaged(Authenticator(SITE.origin).create(begun.options)):
        await house.keep(begun.challenge_id, kept)
        with pytest.raises(AshaoError):
            await house.membership.register_passkey(SITE, begun.challenge_id, bad, None, None)
    begun = await house.passkeys.sign_in_options(SITE)
    kept = await house.pending(begun.challenge_id)
    for bad in _damaged(device.get(begun.options)):
        await house.keep(begun.challenge_id, kept)
        with pytest.raises(AshaoError):
            await house.passkeys.sign_in(SITE, begun.challenge_id, bad)
    assert await house.accounts.count() == 1
