// An OpenID provider with NHS login's rules: private_key_jwt and RS512 only, its scopes, its claims, `vtr`.
// Arguments: the client's public key (PEM file), the people (JSON file), the redirect address. Prints its issuer.
import { Provider } from 'oidc-provider';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const [publicKey, people, redirect] = process.argv.slice(2);
const users = JSON.parse(readFileSync(people));
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const known = createPublicKey(readFileSync(publicKey)).export({ format: 'jwk' });

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'choice-service', redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS512',
      id_token_signed_response_alg: 'RS512', jwks: { keys: [{ ...known, kid: 'choice', use: 'sig', alg: 'RS512' }] },
    }],
    jwks: { keys: [{ ...signing, kid: 'login', use: 'sig', alg: 'RS512' }] },
    enabledJWA: { idTokenSigningAlgValues: ['RS512'], clientAuthSigningAlgValues: ['RS512'] },
    claims: {
      openid: ['sub', 'vot', 'vtm'],
      profile: ['nhs_number', 'family_name', 'birthdate', 'identity_proofing_level'],
    },
    scopes: ['openid', 'profile'],
    extraParams: ['vtr'],
    pkce: { required: () => true },
    findAccount: (_, id) => users[id] && { accountId: id, claims: async () => ({ sub: id, ...users[id] }) },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['only for tests'] },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
