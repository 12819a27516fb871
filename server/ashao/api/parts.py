"""What the front door calls: made once by `app.py`, handed to every controller."""

from dataclasses import dataclass

from ashao.api.model_list import Model
from ashao.chat.completion import Completion
from ashao.chat.erase import Erase
from ashao.chat.send import Send
from ashao.jobs.scripts import JobStore
from ashao.people.conversations import Conversations
from ashao.people.people import People
from ashao.producers.dispatch import Dispatch
from ashao.producers.hedge import Hedge
from ashao.producers.presence import Presence
from ashao.producers.rests import Rests
from ashao.producers.workers import Workers
from ashao.providers.registry import Providers
from ashao.settings import Settings
from ashao.store.api_keys import ApiKeys
from ashao.store.database import Database
from ashao.store.earners import Earners
from ashao.store.rates import Rates
from ashao.store.sessions import Sessions
from ashao.store.totals import Totals
from ashao.stream.fanout import Fanout


@dataclass(frozen=True, slots=True)
class Parts:
    """The open parts of this process."""

    settings: Settings
    jobs: JobStore
    fanout: Fanout
    workers: Workers
    rests: Rests
    dispatch: Dispatch
    hedge: Hedge
    providers: Providers
    presence: Presence
    sessions: Sessions
    api_keys: ApiKeys
    rates: Rates
    totals: Totals
    database: Database
    conversations: Conversations
    people: People
    earners: Earners
    send: Send
    completion: Completion
    erase: Erase
    models: tuple[Model, ...]
