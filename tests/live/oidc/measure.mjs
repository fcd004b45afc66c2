// What the server answers to every use of every credential, before and after each action, without doornail:
// the table that its verdicts can be compared with.
import { start, keepStdoutClean, REDIRECT_URI } from './server.mjs';
import { Browser, basic } from './login.mjs';

const print = (...cells) => process.stdout.write(`${cells.join('\t')}\n`);
const NONE = 'none';
// Without a proof of life before it, a refusal after an action shows nothing and is left out.
const alive = new Set();
keepStdoutClean();
const live = await start(process.argv[2]);
const { issuer, clients } = live;
const MAYA = 'maya@acme.example';

const post = (path, client, form) => fetch(issuer + path, {
  method: 'POST',
  headers: { accept: 'application/json', ...(client && { authorization: basic(client, clients[client]) }) },
  body: new URLSearchParams(form),
});
const json = async (answer) => {
  const text = await answer.text();
  try { return JSON.parse(text); } catch { return {}; }
};
const bearer = (url, token) => fetch(url, { headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) } });

const challenge = (answer) => /error="[^"]*"(, error_description="[^"]*")?/.exec(answer.headers.get('www-authenticate') ?? '')?.[0];

async function use(url, token) {
  const answer = await bearer(url, token);
  const body = await json(answer);
  if (answer.status === 200 && body.sub === MAYA) return ['alive', '200 sub'];
  const seen = [answer.status, challenge(answer) ?? body.error ?? 'no error code'].join(' ');
  return [answer.status === 401 && /error="invalid_token"/.test(seen) ? 'dead' : 'inconclusive', seen];
}

async function introspect(token, as) {
  const answer = await post('/token/introspection', as, { token });
  const body = await json(answer);
  if (answer.status === 200 && body.active === true && body.sub === MAYA) return ['alive', '200 active true, sub'];
  if (answer.status === 200 && body.active === false) return ['dead', '200 active false'];
  return ['inconclusive', `${answer.status} ${body.error}: ${body.error_description}`];
}

// The newest refresh token is kept in `set`, as whoever uses it would.
async function redeem(set, extra = {}) {
  const answer = await post('/token', 'supapp', { grant_type: 'refresh_token', refresh_token: set.refresh, ...extra });
  const body = await json(answer);
  if (body.access_token) {
    set.refresh = body.refresh_token;
    const form = body.access_token.includes('.') ? 'JWT' : 'opaque';
    const url = form === 'JWT' ? live.jwtApi + '/me' : `${issuer}/me`;
    const [verdict, seen] = await use(url, body.access_token);
    set.derived ??= body.access_token;
    return [verdict, `200 ${form} token, then ${seen}`];
  }
  return [body.error === 'invalid_grant' ? 'dead' : 'inconclusive', `${answer.status} ${body.error}`];
}

async function promptNone(set) {
  const query = new URLSearchParams({ response_type: 'code', client_id: 'supapp', redirect_uri: REDIRECT_URI, scope: 'openid', prompt: 'none' });
  const answer = await fetch(`${issuer}/auth?${query}`, { redirect: 'manual', headers: { accept: 'application/json', cookie: `${set.cookieName}=${set.cookie}` } });
  const to = new URL(answer.headers.get('location') ?? 'about:blank').searchParams;
  if (to.get('code')) {
    const tokens = await json(await post('/token', 'supapp', { grant_type: 'authorization_code', code: to.get('code'), redirect_uri: REDIRECT_URI }));
    set.idToken = tokens.id_token;
    const [verdict, seen] = await use(`${issuer}/me`, tokens.access_token);
    return [verdict, `${answer.status} code, then ${seen}`];
  }
  const error = to.get('error');
  const verdict = { login_required: 'dead', consent_required: 'alive, not permitted', interaction_required: 'alive, not permitted' }[error];
  return [verdict ?? 'inconclusive', `${answer.status} ${error ?? 'no redirect to the client'}`];
}

async function endSession(set, confirmed) {
  await promptNone(set);
  const browser = new Browser();
  for (const [name, value] of set.browser.cookies) browser.cookies.set(name, value);
  const query = new URLSearchParams({ id_token_hint: set.idToken, client_id: 'supapp' });
  const page = await browser.go(`${issuer}/session/end?${query}`, { headers: { accept: 'application/json' } });
  const text = await page.text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(text)?.[1];
  const asked = `${page.status} ${xsrf ? 'a page that asks the person' : 'no question'}`;
  if (!confirmed) return asked;
  const done = await browser.go(`${issuer}/session/end/confirm`, { method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }) });
  return `${asked}, then ${done.status}`;
}

const revoke = (token, hint, as = 'supapp') => async () => {
  const answer = await post('/token/revocation', as, { token, token_type_hint: hint });
  const { error } = await json(answer);
  return `${answer.status}${error ? ` ${error}` : ''}`;
};

const cases = {
  [NONE]: async () => 'nothing done',
  'RFC 7009 revocation of the refresh token (opaque sign-in)': ({ opaque }) => revoke(opaque.refresh, 'refresh_token')(),
  'RFC 7009 revocation of the refresh token (JWT sign-in)': ({ jwt }) => revoke(jwt.refresh, 'refresh_token')(),
  'RFC 7009 revocation of the opaque access token': ({ opaque }) => revoke(opaque.access, 'access_token')(),
  'RFC 7009 revocation of the JWT access token': ({ jwt }) => revoke(jwt.access, 'access_token')(),
  'RFC 7009 revocation of the refresh token, by another client': ({ opaque }) => revoke(opaque.refresh, 'refresh_token', 'byapp')(),
  'a rotated refresh token is used again': async ({ opaque }) => {
    const old = opaque.refresh;
    await redeem(opaque);
    const [verdict, seen] = await redeem({ refresh: old });
    return `${verdict} ${seen}`;
  },
  'logout address with id_token_hint, not confirmed': ({ opaque }) => endSession(opaque, false),
  'logout address with id_token_hint, confirmed as a person would': ({ opaque }) => endSession(opaque, true),
};

print('action', 'its answer', 'credential', 'probe', 'verdict', 'seen');
for (const [action, act] of Object.entries(cases)) {
  const opaque = await live.signIn('supapp', MAYA);
  const jwt = await live.signIn('supapp', MAYA, live.resource);
  // Minted before the action, like everything else that is looked at afterwards.
  await redeem(opaque);
  await redeem(jwt);
  const answer = await act({ opaque, jwt });
  const row = async (credential, probe, asked) => {
    const [verdict, seen] = await asked;
    const use = `${credential}, ${probe}`;
    if (action === NONE && verdict === 'alive') alive.add(use);
    if (action === NONE || alive.has(use)) print(action, answer, credential, probe, verdict, seen);
  };
  await row('refresh token (opaque sign-in)', 'introspection by client api', introspect(opaque.refresh, 'api'));
  await row('refresh token (opaque sign-in)', 'introspection by client byapp', introspect(opaque.refresh, 'byapp'));
  await row('refresh token (JWT sign-in)', 'introspection by client api', introspect(jwt.refresh, 'api'));
  for (const [name, token] of [['opaque access token', opaque.access], ['opaque access token derived before', opaque.derived], ['JWT access token', jwt.access]]) {
    await row(name, 'use at the introspecting resource server', use(`${live.api}/me`, token));
    await row(name, 'use at the local resource server', use(`${live.jwtApi}/me`, token));
    await row(name, 'userinfo', use(`${issuer}/me`, token));
    await row(name, 'introspection by client api', introspect(token, 'api'));
  }
  await row('browser session (opaque sign-in)', 'prompt=none', promptNone(opaque));
  await row('browser session (JWT sign-in)', 'prompt=none', promptNone(jwt));
  await row('refresh token (opaque sign-in)', 'redemption', redeem(opaque));
  await row('refresh token (JWT sign-in)', 'redemption', redeem(jwt));
  await row('refresh token (JWT sign-in)', 'redemption with resource=urn:api', redeem(jwt, { resource: live.resource }));
}
const control = async (name, probe, asked) => print(NONE, 'nothing done', name, probe, ...(await asked));
for (const [name, token] of [['no token', ''], ['never-issued token', 'A'.repeat(43)]]) {
  await control(name, 'use at the introspecting resource server', use(`${live.api}/me`, token));
  await control(name, 'use at the local resource server', use(`${live.jwtApi}/me`, token));
  await control(name, 'userinfo', use(`${issuer}/me`, token));
  await control(name, 'introspection by client api', introspect(token, 'api'));
  await control(name, 'redemption', redeem({ refresh: token }));
  await control(name, 'prompt=none', promptNone({ cookieName: '_session', cookie: token }));
}
await control('never-issued token', 'introspection without client authentication', introspect('A'.repeat(43)));
process.exit(0);
