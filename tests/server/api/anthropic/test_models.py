"""Anthropic's SDK reads the same list of models, in its own fields."""

from anthropic import AsyncAnthropic
from anthropic.types import ModelInfo

from tests.support.scripted_worker import ScriptedWorker


async def test_a_list_is_one_page_of_whole_models(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    page = await client.models.list()
    names = [each.id for each in page.data]
    assert "tiny-pro" in names
    assert (page.has_more, page.first_id, page.last_id) == (False, names[0], names[-1])
    assert [each.id async for each in page] == names
    for each in page.data:
        ModelInfo.model_validate_json(each.to_json(), strict=True)


async def test_one_is_told_in_the_same_fields(
    client: AsyncAnthropic, worker: ScriptedWorker
) -> None:
    model = await client.models.retrieve("tiny-pro")
    ModelInfo.model_validate_json(model.to_json(), strict=True)
    assert (model.type, model.display_name, model.lifecycle) == ("model", "tiny-pro", "active")
