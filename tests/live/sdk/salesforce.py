"""simple-salesforce offboards ACME's Maya from Salesforce; freezing her leaves what is open."""

from os import environ

from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed, SalesforceExpiredSession, SalesforceMalformedRequest,
    SalesforceRefusedRequest, SalesforceResourceNotFound)

from claims import claim, loopback, refused

HOST = "ours.my.salesforce.com"
MAYA = "005ACME0000MAYAAAA"


def session():
    # simple-salesforce takes a session of the caller's, but makes https addresses of its own, some
    # of them from the host that a login answered with.
    return loopback(environ["SALESFORCE_URL"], HOST)


def direct(token):
    return Salesforce(instance=HOST, session_id=token, session=session())


def login(who):
    name = who.lower().replace("_", "-")
    name = "support-eu" if who == "SHARED" else name
    return Salesforce(username=f"{name}@acme.example", domain="ours.my", session=session(),
                      password=environ[f"ACME_SALESFORCE_{who}_PASSWORD"],
                      security_token=environ[f"ACME_SALESFORCE_{who}_SECURITY_TOKEN"])


def code(status, code):
    return lambda e: e.status == status and e.content[0]["errorCode"] == code


admin = direct(environ["SALESFORCE_ADMIN_TOKEN"])
access = direct(environ["ACME_SALESFORCE_MAYA_ACCESS"])

# Create and list.
made = admin.User.create({
    "Username": "drill@acme.example", "Email": "drill@acme.example", "LastName": "Drill",
    "Alias": "drill", "ProfileId": "00eOURS00000STDAAA", "TimeZoneSidKey": "Europe/Berlin",
    "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US"})
assert made["success"] and admin.User.get(made["id"])["Username"] == "drill@acme.example"
users = admin.query_all("SELECT Id, Username, IsActive FROM User")["records"]
assert {MAYA, made["id"]} <= {user["Id"] for user in users}, users
paged = [user["Id"] for user in admin.query_all_iter(
    "SELECT Id FROM User", headers={"Sforce-Query-Options": "batchSize=200"})]
assert sorted(paged) == sorted(user["Id"] for user in users)
with refused(SalesforceMalformedRequest, code(400, "MALFORMED_QUERY")):
    admin.query("SELECT nothing at all")
with refused(SalesforceResourceNotFound, code(404, "NOT_FOUND")):
    admin.User.get("005NOBODY000000AAA")
claim("a user is created, read and queried; SalesforceMalformedRequest, SalesforceResourceNotFound")

# Use.
assert access.limits()["DailyApiRequests"]
maya = login("MAYA")
[her] = maya.query(f"SELECT Username FROM User WHERE Id = '{MAYA}'")["records"]
assert her["Username"] == "maya@acme.example"
bridge = Salesforce(consumer_key=environ["ACME_SALESFORCE_CLIENT_ID"], domain="ours.my",
                    consumer_secret=environ["ACME_SALESFORCE_CLIENT_SECRET"], session=session())
assert bridge.limits()["DailyApiRequests"]
claim("access token, password login and the bridge's client credentials work")
with refused(SalesforceExpiredSession, code(401, "INVALID_SESSION_ID")):
    direct("00D0!never").limits()
with refused(SalesforceAuthenticationFailed, lambda e: "INVALID_LOGIN" in str(e)):
    Salesforce(username="maya@acme.example", password="no", security_token="no",
               domain="ours.my", session=session())
with refused(SalesforceRefusedRequest, lambda e: e.status == 403):
    access.User.update(MAYA, {"IsActive": False})
claim("a token never issued is SalesforceExpiredSession INVALID_SESSION_ID, a wrong password "
      "SalesforceAuthenticationFailed INVALID_LOGIN, what a user may not SalesforceRefusedRequest")

# Revoke.
[record] = admin.query(f"SELECT Id, IsFrozen FROM UserLogin WHERE UserId = '{MAYA}'")["records"]
assert record["IsFrozen"] is False
assert admin.UserLogin.update(record["Id"], {"IsFrozen": True}) == 204
with refused(SalesforceAuthenticationFailed, lambda e: "INVALID_LOGIN" in str(e)):
    login("MAYA")
assert access.limits()["DailyApiRequests"] and maya.limits()["DailyApiRequests"]
claim("frozen: no new login, SalesforceAuthenticationFailed; SURVIVES: open session and access token")
assert admin.UserLogin.update(record["Id"], {"IsFrozen": False}) == 204
assert login("MAYA").limits()
claim("SURVIVES: the password; unfrozen she logs in again")

assert admin.User.update(MAYA, {"IsActive": False}) == 204
for was in (access, direct(maya.session_id)):
    with refused(SalesforceExpiredSession, code(401, "INVALID_SESSION_ID")):
        was.limits()
# A client that knows the password logs in anew by itself, and is told why it cannot.
with refused(SalesforceAuthenticationFailed, lambda e: "INVALID_LOGIN" in str(e)):
    maya.limits()
claim("deactivated: SalesforceExpiredSession on both, SalesforceAuthenticationFailed on login")
assert bridge.limits() and login("SHARED").limits()
claim("SURVIVES: the bridge under its integration user, and the shared login")
refresh = {"grant_type": "refresh_token", "client_id": environ["ACME_SALESFORCE_CLIENT_ID"],
           "client_secret": environ["ACME_SALESFORCE_CLIENT_SECRET"],
           "refresh_token": environ["ACME_SALESFORCE_MAYA_REFRESH"]}
token = f"https://{HOST}/services/oauth2/token"
assert session().post(token, data=refresh).json()["error"] == "invalid_grant"
admin.User.update(MAYA, {"IsActive": True})
assert direct(session().post(token, data=refresh).json()["access_token"]).limits()
claim("SURVIVES: the grant; re-activated, its refresh token mints again")

[grant] = admin.query(f"SELECT Id, DeleteToken FROM OauthToken WHERE UserId = '{MAYA}'")["records"]
revoke = f"https://{HOST}/services/oauth2/revoke"
assert session().post(revoke, data={"token": grant["DeleteToken"]}).status_code == 200
assert session().post(token, data=refresh).json()["error"] == "invalid_grant"
with refused(SalesforceExpiredSession, code(401, "INVALID_SESSION_ID")):
    access.limits()
assert admin.query(f"SELECT Id FROM OauthToken WHERE UserId = '{MAYA}'")["totalSize"] == 0
claim("the grant is revoked by its DeleteToken: nothing of it is left")
assert direct(environ["GLOBEX_SALESFORCE_MAYA_ACCESS"]).limits()
claim("the other supplier is untouched")
