// Two resource servers with one read-only address each, `GET /me`, that answers whose token it was.
import { createServer } from 'node:http';

// Asks the authorization server about each token (RFC 7662) and keeps no answer.
export function introspecting({ issuer, id, secret }) {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  return resource(async (token) => {
    const answer = await fetch(`${issuer}/token/introspection`, {
      method: 'POST',
      headers: { authorization, accept: 'application/json' },
      body: new URLSearchParams({ token }),
    });
    const body = await answer.json();
    if (answer.status === 200) return body.active === true ? body.sub : undefined;
    // The server will not look a JWT up. That is an answer about the token, everything else is a fault.
    if (answer.status === 400 && body.error === 'unsupported_token_type') return undefined;
    throw new Error(`introspection answered ${answer.status}`);
  });
}

// Checks a JWT's signature, issuer, audience and expiry by itself, and never asks.
export function local({ issuer, audience, jose }) {
  const keys = jose.createRemoteJWKSet(new URL(`${issuer}/jwks`));
  return resource(async (token) => {
    try {
      const { payload } = await jose.jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' });
      return payload.sub;
    } catch (error) {
      if (error instanceof jose.errors.JWKSTimeout || !(error instanceof jose.errors.JOSEError)) throw error;
      return undefined;
    }
  });
}

function resource(subjectOf) {
  return createServer(async (request, response) => {
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
      response.end(JSON.stringify(body));
    };
    if (request.method !== 'GET' || request.url !== '/me') return answer(404, { error: 'not_found' });
    const [, token] = /^Bearer ([^ ]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    // Without a token there is no error code (RFC 6750 section 3.1).
    if (!token) return answer(401, {}, { 'www-authenticate': 'Bearer realm="api"' });
    try {
      const sub = await subjectOf(token);
      if (sub) return answer(200, { sub });
      return answer(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' });
    } catch (error) {
      console.error(error);
      return answer(503, { error: 'temporarily_unavailable' });
    }
  });
}
