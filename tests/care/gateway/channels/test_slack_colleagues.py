"""Whose conversation in Slack is internal: members of the own workspace, among themselves."""

from tests.support.slack import Slack
from tests.support.slack_rules import Fault
from tests.support.slack_world import BOT_USER
from tests.support.threaded import ThreadedCare

TEAM = "T000000001"


def test_members_are_colleagues_and_others_are_not(
    slack_team: Slack, all_care: ThreadedCare
) -> None:
    slack_team.outside.add(slack_team.users["bo"])
    for user, audience in (("ana", "internal"), ("bo", "public")):
        slack_team.say(user, "hello")
        slack_team.wait(slack_team.dm(user), 1)
        _until(all_care, f"sl:{TEAM}:{slack_team.users[user]}", audience)


def test_who_slack_names_late_is_a_colleague_from_then_on(
    slack_team: Slack, all_care: ThreadedCare
) -> None:
    slack_team.faults.append(Fault("users.info", "internal_error", 500))
    slack_team.say("cy", "hello")
    slack_team.wait(slack_team.dm("cy"), 1)
    _until(all_care, f"sl:{TEAM}:{slack_team.users['cy']}", "internal")


def test_where_another_organisation_reads_along_nobody_is_a_colleague(
    slack_team: Slack, all_care: ThreadedCare
) -> None:
    room, stamp = slack_team.channels["help"], "1795400000.000100"
    mention = {
        "type": "app_mention",
        "channel": room,
        "user": slack_team.users["dee"],
        "text": f"<@{BOT_USER}> hello",
        "ts": stamp,
    }
    assert slack_team.event(mention, is_ext_shared_channel=True) == 200
    slack_team.wait(room, 1, thread=stamp)
    _until(all_care, f"sl:{TEAM}:{room}:{stamp}", "public")


def _until(care: ThreadedCare, sender: str, audience: str) -> None:
    query = f"SELECT audience FROM conversations WHERE sender = '{sender}'"
    care.until(lambda: [row["audience"] for row in care.rows(query)] == [audience])
