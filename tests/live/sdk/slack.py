"""slack_sdk offboards ACME's Maya from Slack; what is left is the app she installed."""

from os import environ

from slack_sdk import WebClient
from slack_sdk.audit_logs import AuditLogsClient
from slack_sdk.errors import SlackApiError
from slack_sdk.scim import SCIMClient, User
from slack_sdk.scim.v1.user import UserEmail
from slack_sdk.webhook import WebhookClient

from claims import claim, refused

URL = environ["SLACK_URL"]


def slack(token):
    return WebClient(token, base_url=f"{URL}/api/")


def code(error):
    return lambda e: e.response.status_code == 200 and e.response["error"] == error


def acme(what):
    return environ[f"ACME_SLACK_{what}"]


owner = slack(environ["SLACK_ADMIN_TOKEN"])
scim = SCIMClient(environ["SLACK_ADMIN_TOKEN"], base_url=f"{URL}/scim/v1/")
audit = AuditLogsClient(environ["SLACK_ADMIN_TOKEN"], base_url=f"{URL}/audit/v1/")
maya, leo, bot = (slack(acme(f"{who}_TOKEN")) for who in ("MAYA", "LEO", "BOT"))
hook = WebhookClient(f"{environ['SLACK_HOOKS_URL']}{acme('WEBHOOK_PATH')}")
session, neighbour = (
    WebClient(environ[f"{who}_SLACK_MAYA_SESSION"], base_url=f"{URL}/api/",
              headers={"Cookie": f"d={environ[f'{who}_SLACK_MAYA_COOKIE']}"})
    for who in ("ACME", "GLOBEX"))

# Create and list.
drill = User(user_name="drill", emails=[UserEmail(value="drill@acme.example", primary=True)])
made = scim.create_user(drill)
assert made.status_code == 201 and made.user.active is True
again = scim.create_user(drill)
assert again.status_code == 409 and again.errors.code == 409, again.body
claim("a user is created once by SCIM; the second attempt is 409 with errors.code")
members = []
for page in owner.users_list(limit=2):
    members += [member["id"] for member in page["members"]]
assert len(members) == len(set(members)) > 6 and "U0ACMEMAYA" in members, members
people = scim.search_users(count=100, start_index=1, filter='userName eq "drill"').users
assert [user.id for user in people] == [made.user.id]
claim("members are listed to the end over several pages, people searched by SCIM")

# Use.
assert maya.auth_test()["user_id"] == "U0ACMEMAYA"
assert session.auth_test()["user_id"] == "U0ACMEMAYA"
assert bot.auth_test()["bot_id"] == "B0ACME"
assert bot.conversations_list(limit=1)["channels"][0]["name"] == "general"
assert slack(acme("APP_TOKEN")).apps_connections_open(app_token=acme("APP_TOKEN"))["url"]
assert hook.send(text="drill").body == "ok"
claim("user token, browser session, bot token, app-level token and webhook work")
with refused(SlackApiError, code("invalid_auth")):
    slack("xoxb-1-1-never").auth_test()
with refused(SlackApiError, lambda e: code("missing_scope")(e) and e.response["needed"] == "users:read"):
    leo.users_list()
claim("a token never issued is SlackApiError invalid_auth; what a token may not is missing_scope")

# Revoke.
assert owner.admin_users_session_reset(user_id="U0ACMEMAYA")["ok"]
with refused(SlackApiError, code("invalid_auth")):
    session.auth_test()
assert maya.auth_test()["ok"]
claim("sessions reset: the browser is SlackApiError invalid_auth; SURVIVES: the user token")
assert scim.delete_user("U0ACMEMAYA").status_code in (200, 204)
assert scim.read_user("U0ACMEMAYA").user.active is False
with refused(SlackApiError, code("token_revoked")):
    maya.auth_test()
claim("deactivated by SCIM: her user token is SlackApiError token_revoked")
assert bot.auth_test()["user_id"] == "U0ACMEBOT" and bot.users_list(limit=1)["ok"]
assert hook.send(text="still here").body == "ok"
assert slack(acme("APP_TOKEN")).apps_connections_open(app_token=acme("APP_TOKEN"))["ok"]
kept = audit.logs(action="app_token_preserved").typed_body.entries
assert sorted(entry.entity.app.id for entry in kept) == ["A0ACME", "A0ACMEEXPORT"]
claim("SURVIVES: bot token, webhook and app-level token of an app she installed, as the audit log says")

assert bot.auth_revoke(test="true")["ok"] and bot.auth_test()["ok"]
assert owner.admin_apps_uninstall(app_id="A0ACME", team_ids="T0OURS")["ok"]
with refused(SlackApiError, code("account_inactive")):
    bot.auth_test()
gone = hook.send(text="gone")
assert (gone.status_code, gone.body) == (404, "no_service")
assert slack(acme("APP_TOKEN")).apps_connections_open(app_token=acme("APP_TOKEN"))["ok"]
claim("uninstalled: bot SlackApiError account_inactive, webhook 404 no_service; SURVIVES: the app-level token")
assert slack(environ["GLOBEX_SLACK_BOT_TOKEN"]).auth_test()["ok"] and neighbour.auth_test()["ok"]
own = slack(environ["GLOBEX_SLACK_MAYA_TOKEN"])
assert own.auth_revoke()["revoked"] is True
with refused(SlackApiError, code("token_revoked")):
    own.auth_test()
assert slack(environ["GLOBEX_SLACK_LEO_TOKEN"]).auth_test()["ok"]
claim("a token that revokes itself is token_revoked; the other supplier is otherwise untouched")
