// An OpenID provider as an organisation has one for its staff: a client secret or a key, groups, refresh tokens that are good once.
// Arguments: the client's public key (PEM file), the people (JSON file, read anew each time), the redirect address. Prints its issuer.
import { Provider } from 'oidc-provider';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const [publicKey, people, redirect] = process.argv.slice(2);
const users = () => JSON.parse(readFileSync(people));
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const known = createPublicKey(readFileSync(publicKey)).export({ format: 'jwk' });
const shared = { redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'] };

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...shared, client_id: 'by-secret', client_secret: 'a secret of this client & more', token_endpoint_auth_method: 'client_secret_basic' },
      {
        ...shared, client_id: 'by-key', token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS256',
        jwks: { keys: [{ ...known, kid: 'choice', use: 'sig', alg: 'RS256' }] },
      },
    ],
    jwks: { keys: [{ ...signing, kid: 'login', use: 'sig', alg: 'RS256' }] },
    claims: {
      openid: ['sub', 'amr', 'acr'],
      profile: ['preferred_username', 'given_name', 'family_name', 'groups', 'nhsid_nrbac_roles', 'selected_roleid'],
    },
    scopes: ['openid', 'profile', 'offline_access'],
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    findAccount: (_, id) => users()[id] && { accountId: id, claims: async () => ({ sub: id, ...users()[id] }) },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['only for tests'] },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
