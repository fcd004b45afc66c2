// The authorization server: npm's oidc-provider as its makers ship it, in memory, configured and nothing
// more. With it the two resource servers, and two users already signed in.
//
//   node server.mjs DIR    DIR holds the installed packages
import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { login } from './login.mjs';
import { introspecting, local } from './resources.mjs';

export const REDIRECT_URI = 'http://127.0.0.1:9/cb';
const RESOURCE = 'urn:api';

export const listen = (server) => new Promise((resolve, reject) => {
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
});

// Starts everything in this process and gives addresses and clients.
export async function start(dir) {
  const find = createRequire(path.join(dir, 'package.json'));
  const load = (name) => import(pathToFileURL(find.resolve(name)).href);
  const { default: Provider } = await load('oidc-provider');
  const jose = await load('jose');

  const secret = () => randomBytes(24).toString('base64url');
  const clients = { supapp: secret(), byapp: secret(), api: secret() };
  const application = (id) => ({
    client_id: id,
    client_secret: clients[id],
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  });
  const key = await jose.generateKeyPair('RS256', { extractable: true });
  const signing = { ...(await jose.exportJWK(key.privateKey)), use: 'sig', alg: 'RS256', kid: 'live' };

  // The issuer's address must be known before the provider is made, so the port is taken first.
  const server = createServer();
  const issuer = await listen(server);
  const provider = new Provider(issuer, {
    clients: [
      application('supapp'),
      application('byapp'),
      { client_id: 'api', client_secret: clients.api, redirect_uris: [], grant_types: [], response_types: [] },
    ],
    jwks: { keys: [signing] },
    cookies: { keys: [secret()] },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    scopes: ['openid', 'offline_access', 'read'],
    pkce: { required: () => false },
    rotateRefreshToken: true,
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 86400, IdToken: 3600, Interaction: 600, RefreshToken: 86400, Session: 86400 },
    features: {
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      // Access tokens are opaque, and JWTs when they are asked for the resource.
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => {
          if (resource !== RESOURCE) throw new Error(`unknown resource ${resource}`);
          return { scope: 'read', audience: RESOURCE, accessTokenTTL: 3600, accessTokenFormat: 'jwt' };
        },
      },
    },
  });
  provider.on('server_error', (_, error) => console.error(error));
  server.on('request', provider.callback());

  const api = await listen(introspecting({ issuer, id: 'api', secret: clients.api }));
  const jwtApi = await listen(local({ issuer, audience: RESOURCE, jose }));
  const signIn = (client, user, resource) =>
    login({ issuer, client, secret: clients[client], redirectUri: REDIRECT_URI, user, resource });
  return { issuer, api, jwtApi, clients, signIn, resource: RESOURCE };
}

// One user's sign-ins as variables: once for opaque tokens and the browser session, once for JWTs. Each is
// made in a browser of its own, so that each has a grant of its own.
async function variables(live, prefix, client, user) {
  const opaque = await live.signIn(client, user);
  const jwt = await live.signIn(client, user, live.resource);
  return {
    [`${prefix}_CLIENT_ID`]: client,
    [`${prefix}_CLIENT_SECRET`]: live.clients[client],
    [`${prefix}_REFRESH`]: opaque.refresh,
    [`${prefix}_ACCESS`]: opaque.access,
    [`${prefix}_JWT_REFRESH`]: jwt.refresh,
    [`${prefix}_JWT`]: jwt.access,
    [`${prefix}_SESSION_COOKIE_NAME`]: opaque.cookieName,
    [`${prefix}_SESSION`]: opaque.cookie,
  };
}

// Standard output is the protocol with whoever started this; the server's own notices are not part of it.
export function keepStdoutClean() {
  console.info = console.error;
  console.log = console.error;
}

async function main(dir) {
  keepStdoutClean();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(0));
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) {
    process.stdin.on('end', () => process.exit(0));
    process.stdin.on('error', () => process.exit(0));
    process.stdin.resume();
  }
  const live = await start(dir);
  const all = {
    OAUTH_OIDC_URL: live.issuer,
    OAUTH_OIDC_API_URL: `${live.api}/me`,
    OAUTH_OIDC_JWT_API_URL: `${live.jwtApi}/me`,
    OAUTH_OIDC_REDIRECT_URI: REDIRECT_URI,
    OAUTH_OIDC_ADMIN_CLIENT_ID: 'api',
    OAUTH_OIDC_ADMIN_CLIENT_SECRET: live.clients.api,
    ...(await variables(live, 'ACME', 'supapp', 'maya@acme.example')),
    ...(await variables(live, 'GLOBEX', 'byapp', 'sam@globex.example')),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  process.stdout.write(`${lines.join('')}READY\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2]).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
