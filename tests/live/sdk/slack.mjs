// @slack/web-api ends ACME's access to Slack; what is left is the app that Maya installed.

import assert from 'node:assert/strict'
import { ErrorCode, WebClient } from '@slack/web-api'
import { claim, refused } from './claims.mjs'

const { env } = process
const slack = token =>
  new WebClient(token, { slackApiUrl: `${env.SLACK_URL}/api/`, retryConfig: { retries: 0 } })
const is = code => error => error.code === ErrorCode.PlatformError && error.data.error === code

const owner = slack(env.SLACK_ADMIN_TOKEN)
const [maya, leo, bot] = ['MAYA', 'LEO', 'BOT'].map(who => slack(env[`ACME_SLACK_${who}_TOKEN`]))
const app = slack(env.ACME_SLACK_APP_TOKEN)

// List and use.
const members = []
for await (const page of owner.paginate('users.list', { limit: 2 })) members.push(...page.members.map(one => one.id))
assert.ok(members.length > 5 && new Set(members).size === members.length && members.includes('U0ACMEMAYA'), `${members}`)
claim('members are listed to the end over several pages')
assert.equal((await maya.auth.test()).user_id, 'U0ACMEMAYA')
assert.equal((await bot.auth.test()).bot_id, 'B0ACME')
assert.ok((await app.apps.connections.open({})).url)
await refused(() => slack('xoxb-1-1-never').auth.test(), is('invalid_auth'))
await refused(() => leo.users.list({}), is('missing_scope'))
claim('tokens of user, bot and app work; refusals: invalid_auth, missing_scope')

// Revoke.
await owner.admin.users.session.reset({ user_id: 'U0ACMEMAYA' })
assert.ok((await maya.auth.test()).ok)
claim('SURVIVES a reset of sessions: the user token')
assert.equal((await maya.auth.revoke({})).revoked, true)
await refused(() => maya.auth.test(), is('token_revoked'))
assert.ok((await bot.auth.test()).ok && (await leo.auth.test()).ok)
claim('revoked: token_revoked; SURVIVES: the bot token of the app she installed')
await owner.admin.apps.uninstall({ app_id: 'A0ACME', team_ids: ['T0OURS'] })
await refused(() => bot.auth.test(), is('account_inactive'))
await refused(() => leo.auth.test(), is('token_revoked'))
assert.ok((await app.apps.connections.open({})).ok)
for (const who of ['MAYA', 'LEO', 'BOT']) {
  assert.ok((await slack(env[`GLOBEX_SLACK_${who}_TOKEN`]).auth.test()).ok)
}
claim('uninstalled: account_inactive, token_revoked; SURVIVES: the app-level token; the other supplier is untouched')
