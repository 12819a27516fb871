"""What may be asked for, with who serves it now, in fields that clients know."""

import pytest
from openai import AsyncOpenAI, NotFoundError
from openai.types import Model

from tests.support.orchestrator import Orchestrator
from tests.support.scripted_worker import ScriptedWorker

NAME = "org/a-model:Q4"


async def test_a_model_says_its_window_and_who_serves_it(
    server: Orchestrator, client: AsyncOpenAI
) -> None:
    async with (
        ScriptedWorker(server.url, model=NAME, contextTokens=2048) as short,
        ScriptedWorker(
            server.url, kind="native", model=NAME, contextTokens=8192, tiers=["max"]
        ) as long,
    ):
        model = await client.models.retrieve(NAME)
        listed = {each.id: each async for each in client.models.list()}
        await short.post("release", workerId=short.id)
        await long.post("release", workerId=long.id)
    assert listed[NAME] == model
    Model.model_validate(model.to_dict(), strict=True)
    assert model.owned_by == "workers"
    assert (
        model.to_dict().items()
        >= {
            "context_length": 8192,
            "max_model_len": 8192,
            "tiers": ["pro", "max"],
            "workers": 2,
        }.items()
    )
    of_max = listed["max"].to_dict()
    assert (of_max["context_length"], of_max["tiers"], of_max["workers"]) == (8192, ["max"], 1)


async def test_what_nobody_serves_now_has_no_window(client: AsyncOpenAI) -> None:
    model = (await client.models.retrieve("simulation")).to_dict()
    assert (model["owned_by"], model["workers"], model["tiers"]) == ("simulated", 0, [])
    assert (model["context_length"], model["max_model_len"]) == (None, None)


async def test_a_tier_is_served_by_those_that_take_its_jobs(
    client: AsyncOpenAI, worker: ScriptedWorker
) -> None:
    served = (await client.models.retrieve("pro")).to_dict()
    assert (served["workers"], served["tiers"]) != (0, [])


async def test_a_name_that_nobody_has_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError) as missing:
        await client.models.retrieve("org/none")
    assert missing.value.code == "model_not_found"
