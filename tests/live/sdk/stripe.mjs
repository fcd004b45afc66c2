// stripe for Node ends ACME's keys; what is left is a rolled key in its overlap.

import assert from 'node:assert/strict'
import Stripe from 'stripe'
import { claim, refused } from './claims.mjs'

const { env } = process
const { hostname: host, port } = new URL(env.STRIPE_URL)
const client = (key, more) =>
  new Stripe(key, { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...more })
const is = (kind, status, code) => error =>
  error.constructor === kind && error.statusCode === status && error.code === code
const { StripeAuthenticationError, StripeInvalidRequestError, StripePermissionError } = Stripe.errors

const admin = client(env.STRIPE_ADMIN_KEY)
// The API of keys is a preview, which the public channel reaches by raw requests only.
const iam = (method, path, params = {}) =>
  admin.rawRequest(method, `/v2/iam/${path}`, params, { apiVersion: '2026-01-28.preview' })
const works = async key => assert.equal((await client(key).balance.retrieve()).object, 'balance')

// Create and list.
const made = await iam('POST', 'api_keys', { name: 'drill' })
const hook = await admin.webhookEndpoints.create({ url: 'https://hooks.acme.example/drill', enabled_events: ['*'] })
const endpoints = []
for await (const one of admin.webhookEndpoints.list({ limit: 1 })) endpoints.push(one.id)
assert.ok(endpoints.length > 2 && endpoints.includes(hook.id) && endpoints.includes('we_1ACMEHOOK'), `${endpoints}`)
const listed = await iam('GET', 'api_keys?limit=100')
assert.ok(['mk_1ACMESYNC', made.id].every(id => listed.data.some(key => key.id === id)))
claim('keys and webhook endpoints are created and listed')

// Use.
await works(made.secret_key.token)
await works(env.ACME_STRIPE_SYNC_KEY)
const ours = (await client(env.ACME_STRIPE_SYNC_KEY).accounts.retrieveCurrent()).id
const platform = client(env.ACME_STRIPE_PLATFORM_KEY, { stripeAccount: ours })
assert.equal((await platform.accounts.retrieveCurrent()).id, ours)
claim('keys work, and the supplier\'s own platform by header')
await refused(() => works('sk_test_' + '0'.repeat(99)), is(StripeAuthenticationError, 401, undefined))
await refused(() => works(env.ACME_STRIPE_NARROW_KEY), is(StripePermissionError, 403, undefined))
await refused(() => admin.webhookEndpoints.retrieve('we_never'), is(StripeInvalidRequestError, 404, 'resource_missing'))
claim('refusals: StripeAuthenticationError, StripePermissionError, StripeInvalidRequestError resource_missing')

// Revoke.
const rolled = await iam('POST', 'api_keys/mk_1ACMESYNC/rotate', { expire_current_key_in_minutes: 60 })
await works(rolled.secret_key.token)
await works(env.ACME_STRIPE_SYNC_KEY)
claim('SURVIVES: the old key of a roll with overlap, beside the new one')
await iam('POST', `api_keys/${made.id}/expire`)
const expired = is(StripeAuthenticationError, 401, 'api_key_expired')
for (const ends = Date.now() + 60_000; ;) {
  const error = await works(made.secret_key.token).then(() => undefined, error => error)
  if (error) {
    assert.ok(expired(error), error)
    break
  }
  assert.ok(Date.now() < ends, 'an expired key works for a minute')
  await new Promise(resolve => setTimeout(resolve, 200))
}
claim('an expired key is StripeAuthenticationError api_key_expired, after seconds')
await works(env.ACME_STRIPE_RESTRICTED_KEY)
await works(env.GLOBEX_STRIPE_SYNC_KEY)
assert.equal((await admin.webhookEndpoints.del(hook.id)).deleted, true)
await refused(() => admin.webhookEndpoints.retrieve(hook.id), is(StripeInvalidRequestError, 404, 'resource_missing'))
claim('SURVIVES: handed-over keys; an endpoint is deleted once; the other supplier is untouched')
