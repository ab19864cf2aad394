"""What the desk does by itself while the care server runs."""

from care.care import Care
from care.desk.counting import Counting
from care.desk.feed import Feed
from care.desk.presence import PresenceKeeper
from care.desk.training import Trainer


class Desk:
    """The desk's running parts: `request.app.state.desk`."""

    def __init__(self, care: Care) -> None:
        self.care = care
        self.counting = Counting(care.record)
        self.feed = Feed(care.record, care.bus, self.counting)
        self.presence = PresenceKeeper(care.record, care.bus)
        self.trainer = Trainer(care.settings, care.record, care.bus)

    async def start(self) -> None:
        """Begin; the care server's parts run already."""
        await self.feed.start()
        await self.presence.start()
        await self.trainer.start()

    async def stop(self) -> None:
        """Stop, the last started first."""
        await self.trainer.stop()
        await self.presence.stop()
        await self.feed.stop()
