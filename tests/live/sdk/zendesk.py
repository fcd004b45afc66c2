"""Zenpy offboards ACME's Maya from Zendesk; what is left is an API token that was never hers."""

from os import environ

from zenpy import Zenpy
from zenpy.lib.api_objects import User
from zenpy.lib.exception import APIException, RecordNotFoundException

from claims import claim, loopback, refused


def zendesk(**credential):
    # Zenpy takes a session of the caller's, but makes https addresses of its own.
    session = loopback(environ["ZENDESK_URL"], "ours.zendesk.com")
    return Zenpy(subdomain="ours", session=session, disable_cache=True, **credential)


def answered(status, error):
    return lambda e: e.response.status_code == status and e.response.json()["error"] == error


admin = zendesk(oauth_token=environ["ZENDESK_ADMIN_TOKEN"])
maya = zendesk(oauth_token=environ["ACME_ZENDESK_MAYA_ACCESS"])
globex = zendesk(oauth_token=environ["GLOBEX_ZENDESK_MAYA_ACCESS"])


def account_token(email):
    return zendesk(email=email, token=environ["ACME_ZENDESK_API_TOKEN"])


# Create and list.
made = admin.users.create(User(name="Drill", email="drill@acme.example", role="end-user"))
assert admin.users(id=made.id).email == "drill@acme.example"
with refused(APIException, answered(422, "RecordInvalid")):
    admin.users.create(User(name="Drill", email="drill@acme.example"))
claim("a user is created once; the second attempt is APIException 422 RecordInvalid")
everybody = [user.email for user in admin.users(page_size=3)]
assert len(everybody) == len(set(everybody)) > 6, everybody
assert {"drill@acme.example", "maya@acme.example", "maya@globex.example"} <= set(everybody)
found = list(admin.search("email:*@acme.example", type="user"))
assert "maya@acme.example" in [user.email for user in found]
claim("users are listed to the end over several pages, and searched")

# Use.
[who] = [user for user in found if user.email == "maya@acme.example"]
assert maya.users.me().id == who.id
assert account_token("maya@acme.example").users.me().id == who.id
claim("Maya's OAuth token works, and the API token with her e-mail")
with refused(APIException, answered(401, "invalid_token")):
    zendesk(oauth_token="0" * 64).users.me()
with refused(APIException, answered(403, "Forbidden")):
    maya.users.create(User(name="x", email="x@acme.example"))
claim("a token never issued is APIException 401 invalid_token; what an agent may not is 403 Forbidden")

# Revoke.
who.suspended = True
assert admin.users.update(who).suspended is True
with refused(APIException, answered(401, "invalid_token")):
    maya.users.me()
with refused(APIException, answered(401, "Couldn't authenticate you")):
    account_token("maya@acme.example").users.me()
claim("suspended: her OAuth token is 401 invalid_token, her e-mail 401 Couldn't authenticate you")
assert account_token("leo@acme.example").users.me().email == "leo@acme.example"
assert account_token("nina@ours.example").users.me().email == "nina@ours.example"
claim("SURVIVES: the API token she knows, with anybody else's e-mail")
who.suspended = False
admin.users.update(who)
assert maya.users.me().id == who.id
claim("SURVIVES: the OAuth token itself; it is back when the suspension is lifted")

admin.users.delete(who)
with refused(APIException, answered(401, "invalid_token")):
    maya.users.me()
with refused(RecordNotFoundException, answered(404, "RecordNotFound")):
    admin.users.delete(who)
assert who.id in [user.id for user in admin.users.deleted()]
admin.users.permanently_delete(who)
assert who.id not in [user.id for user in admin.users.deleted()]
claim("deleted: her token is refused, the second deletion is RecordNotFoundException")
assert account_token("leo@acme.example").users.me().email == "leo@acme.example"
assert globex.users.me().email == "maya@globex.example"
claim("SURVIVES: the API token; the other supplier is untouched")
