"""What a customer on a chat is told about the queue: once where they stand, then that they are next."""

from care.gateway.notices import do_tell_news
from care.handoff.ownership import do_claim
from care.record.ids import Author, ConversationId
from care.record.messages import messages_of
from care.record.record import Record
from tests.support.desk import new_agent, new_waiting

CHATS = frozenset({"telegram"})


def told(record: Record, where: ConversationId) -> list[str]:
    """The notices in a conversation."""
    said = record.read_now(messages_of, where)
    return [one.text for one in said if one.author is Author.SYSTEM and one.kind == "notice"]


def test_each_is_told_their_own_place_among_all_who_wait(both: Record) -> None:
    ana = new_agent(both, "Ana")
    assert both.write_now(do_tell_news, CHATS) == []  # from here on
    on_the_web = new_waiting(both, "web:one")
    first = new_waiting(both, "tg:2", channel="telegram")
    second = new_waiting(both, "tg:3", channel="telegram")
    assert both.write_now(do_tell_news, CHATS) == [first, second]
    assert told(both, first) == ["You are number 2 in the queue."]
    assert told(both, second) == ["You are number 3 in the queue."]
    assert both.write_now(do_tell_news, CHATS) == []
    both.write_now(do_claim, on_the_web, ana)
    assert both.write_now(do_tell_news, CHATS) == [first]
    assert told(both, first)[1:] == ["You are next."]
    both.write_now(do_claim, first, ana)
    both.write_now(do_tell_news, CHATS)
    assert told(both, second)[1:] == ["You are next."]
    assert told(both, on_the_web) == []
