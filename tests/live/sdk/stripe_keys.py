"""stripe-python ends ACME's keys at Stripe; what is left is a rolled key in its overlap."""

from os import environ

import stripe

from claims import claim, refused, until_refused

API, CONNECT = environ["STRIPE_URL"], environ["STRIPE_CONNECT_URL"]
# The API of keys is a preview: the classic API cannot list them.
PREVIEW = "2026-01-28.preview"
OURS = "acct_1OURSxxxxxxxxxxx"


def client(key, **more):
    return stripe.StripeClient(key, base_addresses={"api": API, "connect": CONNECT},
                               max_network_retries=0, **more)


def code(code, status=401):
    return lambda e: (e.error.code, e.http_status) == (code, status)


admin = client(environ["STRIPE_ADMIN_KEY"])
preview = client(environ["STRIPE_ADMIN_KEY"], stripe_version=PREVIEW)


def iam(method, path, **params):
    # The SDK's public channel has no methods for a preview, but this way to it.
    answer = preview.raw_request(method, f"/v2/iam/{path}", **params)
    return preview.deserialize(answer, api_mode="V2")


def works(key):
    return client(key).v1.balance.retrieve().object == "balance"


# Create and list.
made = iam("post", "api_keys", name="drill", note="minted by a drill")
drill = made.secret_key.token
hook = admin.v1.webhook_endpoints.create(
    {"url": "https://hooks.acme.example/drill", "enabled_events": ["*"]})
assert hook.secret.startswith("whsec_")
endpoints = [one.id for one in admin.v1.webhook_endpoints.list({"limit": 1}).auto_paging_iter()]
assert {hook.id, "we_1ACMEHOOK", "we_1GLOBEXHOOK"} <= set(endpoints), endpoints
keys = {key.id: key for key in iam("get", "api_keys", limit=3).auto_paging_iter()}
assert {made.id, "mk_1ACMESYNC", "mk_1GLOBEXSYNC"} <= set(keys), keys
claim("keys and webhook endpoints are created, and listed to the end over several pages")

# Use.
assert works(drill) and works(environ["ACME_STRIPE_SYNC_KEY"])
assert client(drill).v1.accounts.retrieve_current().id == OURS
assert client(environ["ACME_STRIPE_CONNECT_ACCESS"]).v1.accounts.retrieve_current().id == OURS
platform = client(environ["ACME_STRIPE_PLATFORM_KEY"], stripe_account=OURS)
assert platform.v1.accounts.retrieve_current().id == OURS
claim("secret keys, the Connect token and the supplier's platform by header work")
with refused(stripe.AuthenticationError, code(None)):
    works("sk_test_" + "0" * 99)
with refused(stripe.PermissionError, lambda e: e.http_status == 403):
    works(environ["ACME_STRIPE_NARROW_KEY"])
with refused(stripe.InvalidRequestError, code("resource_missing", 404)):
    admin.v1.webhook_endpoints.retrieve("we_never")
claim("a key never issued is AuthenticationError, a restricted one PermissionError, an unknown "
      "object InvalidRequestError resource_missing")

# Revoke.
rolled = iam("post", "api_keys/mk_1ACMESYNC/rotate", expire_current_key_in_minutes=60)
assert works(rolled.secret_key.token) and works(environ["ACME_STRIPE_SYNC_KEY"])
claim("SURVIVES: the old key of a roll with overlap, beside the new one")
assert iam("post", "api_keys/mk_1ACMEMAYA/expire").status == "expired"
assert works(environ["ACME_STRIPE_MAYA_KEY"])
error = until_refused(stripe.AuthenticationError, lambda: works(environ["ACME_STRIPE_MAYA_KEY"]))
assert code("api_key_expired")(error), error
assert "mk_1ACMEMAYA" not in [key.id for key in iam("get", "api_keys").auto_paging_iter()]
claim("SURVIVES for seconds: an expired key; then AuthenticationError api_key_expired")
assert works(environ["ACME_STRIPE_RESTRICTED_KEY"]) and works(environ["ACME_STRIPE_MAYA_CLI_KEY"])
claim("SURVIVES: every other key that was handed over, and that of her command line")

gone = client(environ["ACME_STRIPE_PLATFORM_KEY"], client_id=environ["ACME_STRIPE_CLIENT_ID"])
assert gone.oauth.deauthorize({"stripe_user_id": OURS}).stripe_user_id == OURS
with refused(stripe.PermissionError, code("account_invalid", 403)):
    platform.v1.accounts.retrieve_current()
with refused(stripe.AuthenticationError, code(None)):
    client(environ["ACME_STRIPE_CONNECT_ACCESS"]).v1.accounts.retrieve_current()
with refused(stripe.oauth_error.InvalidGrantError, lambda e: e.http_status == 400):
    gone.oauth.token({"grant_type": "refresh_token",
                      "refresh_token": environ["ACME_STRIPE_CONNECT_REFRESH"]})
claim("deauthorized: PermissionError account_invalid, its token AuthenticationError, its refresh "
      "token InvalidGrantError")
assert works(environ["ACME_STRIPE_RESTRICTED_KEY"]) and works(environ["GLOBEX_STRIPE_SYNC_KEY"])
assert admin.v1.webhook_endpoints.delete(hook.id).deleted is True
with refused(stripe.InvalidRequestError, code("resource_missing", 404)):
    admin.v1.webhook_endpoints.retrieve(hook.id)
claim("SURVIVES: handed-over keys; an endpoint is deleted once; the other supplier is untouched")
