"""The parts of the care server, put together once at the start."""

from dataclasses import dataclass

from care.bus import Bus
from care.feedback.following import FeedbackFollower
from care.gateway.assistant import Assistant
from care.gateway.channels.channel import Channels, configured
from care.gateway.gateway import Gateway
from care.gateway.outbox import Sender
from care.insight.daily import InsightFollower
from care.record.record import Record
from care.settings import Settings


@dataclass(frozen=True)
class Care:
    """What every route gets: `request.app.state.care`."""

    settings: Settings
    record: Record
    bus: Bus
    gateway: Gateway
    channels: Channels
    feedback: FeedbackFollower
    insight: InsightFollower

    async def start(self) -> None:
        """Begin to work. Reaches no other server that must answer."""
        await self.bus.start()
        await self.gateway.start()
        await self.channels.start()
        await self.feedback.start()
        await self.insight.start()

    async def stop(self) -> None:
        """Stop; everything accepted stays in the record."""
        await self.insight.stop()
        await self.feedback.stop()
        await self.channels.stop()
        await self.gateway.stop()
        await self.bus.stop()
        self.record.close()


def build(settings: Settings, senders: dict[str, Sender] | None = None) -> Care:
    """Put the parts together; opens no connection."""
    record = Record(settings.record_url)
    bus = Bus(settings.redis_url)
    assistant = Assistant(
        settings.assistant_url, settings.assistant_token, settings.assistant_timeout
    )
    gateway = Gateway(settings, record, bus, assistant, senders or {})
    channels = configured(settings, record, bus, gateway)
    feedback = FeedbackFollower(record, bus, gateway.changed)
    insight = InsightFollower(record, bus)
    return Care(settings, record, bus, gateway, channels, feedback, insight)
