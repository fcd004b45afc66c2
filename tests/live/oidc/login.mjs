// Signs a user in as a browser would, through the provider's own development pages, and redeems the code.

// A browser: cookies by name, redirects followed by hand, because the last one leads nowhere.
export class Browser {
  cookies = new Map();

  async go(url, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...options, redirect: 'manual', headers: { ...options.headers, ...(cookie && { cookie }) } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    return answer;
  }
}

export const basic = (client, secret) =>
  `Basic ${Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString('base64')}`;

export async function login({ issuer, client, secret, redirectUri, user, resource }) {
  const browser = new Browser();
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri,
    scope: 'openid offline_access read',
    prompt: 'consent',
    ...(resource && { resource }),
  });
  let url = `${issuer}/auth?${asked}`;
  let code;
  for (let step = 0; step < 12 && !code; step += 1) {
    const answer = await browser.go(url);
    if (answer.status >= 300 && answer.status < 400) {
      const next = new URL(answer.headers.get('location'), url);
      if (next.href.startsWith(redirectUri)) {
        code = next.searchParams.get('code');
        if (!code) throw new Error(`no code: ${next.search}`);
      } else {
        url = next.href;
      }
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="([a-z]+)"/.exec(page)?.[1];
    const action = /action="([^"]+)" method="post"/.exec(page)?.[1];
    if (answer.status !== 200 || !prompt || !action) throw new Error(`unexpected page: ${answer.status} at ${new URL(url).pathname}`);
    const fields = { prompt, ...(prompt === 'login' && { login: user, password: 'any' }) };
    const done = await browser.go(new URL(action, url), { method: 'POST', body: new URLSearchParams(fields) });
    await done.text();
    url = new URL(done.headers.get('location'), url).href;
  }
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: basic(client, secret), accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...(resource && { resource }) }),
  });
  const tokens = await answer.json();
  if (!tokens.access_token || !tokens.refresh_token) throw new Error(`no tokens: ${answer.status} ${tokens.error}`);
  // The server signs its cookie, and takes it only together with the signature.
  const cookieName = '_session';
  const signature = `${cookieName}.sig`;
  return {
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    idToken: tokens.id_token,
    cookieName,
    cookie: `${browser.cookies.get(cookieName)}; ${signature}=${browser.cookies.get(signature)}`,
    browser,
  };
}
