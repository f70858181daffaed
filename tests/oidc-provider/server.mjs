// A real OpenID Connect provider for the stories: the certified `oidc-provider`, on a port that the system hands out.
//
// It is led over its standard input: each line is a JSON object of settings that change, and is answered by a line with its issuer. A change
// makes the provider anew, with the same sessions. It ends when its input does, so that it never outlives the test.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

// Only our own answers go to standard output.
console.info = console.error;

const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

let made = 0;
function newKeys() {
  made += 1;
  return Object.entries(KINDS).map(([alg, [kind, options]]) => {
    const key = generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' });
    return { ...key, alg, use: 'sig', kid: `${alg}-${made}` };
  });
}

// `portal`: address of the web pages. `secret`: of the client. `algorithm`: of ID tokens. `ways`: in which the client says who it is; the
// first is its own. `keys`: true makes new ones and withdraws the old ones.
const settings = { portal: 'http://127.0.0.1:1', secret: 'the right one', algorithm: 'RS256', ways: ['client_secret_basic'] };
let keys = newKeys();
let provider;

function make(issuer) {
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'regiopool',
        client_secret: settings.secret,
        redirect_uris: [`${settings.portal}/sign-in/callback`],
        post_logout_redirect_uris: [`${settings.portal}/`],
        token_endpoint_auth_method: settings.ways[0],
        id_token_signed_response_alg: settings.algorithm,
      },
    ],
    clientAuthMethods: settings.ways,
    cookies: { keys: ['of a test'] },
    enabledJWA: { idTokenSigningAlgValues: Object.keys(KINDS) },
    jwks: { keys },
    pkce: { required: () => true },
  });
  provider.on('server_error', (_, error) => console.error(error));
}

const server = createServer((request, response) => provider.callback()(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { keys: anew, ...changed } = JSON.parse(line);
    Object.assign(settings, changed);
    if (anew) keys = newKeys();
    make(issuer);
    process.stdout.write(`${issuer}\n`);
  });
  lines.on('close', () => process.exit(0));
});
