// The seal: the manifest's bytes as they were sealed, and Ed25519 (RFC 8032) as strict as it can be.

const PRIME = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const modulo = (value, by = PRIME) => ((value % by) + by) % by;

function power(base, exponent) {
  let result = 1n;
  for (let square = modulo(base); exponent; exponent >>= 1n, square = modulo(square * square)) {
    if (exponent & 1n) result = modulo(result * square);
  }
  return result;
}

const inverse = (value) => power(value, PRIME - 2n);
const D = modulo(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (PRIME - 1n) / 4n);
const whole = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function unpacked(bytes) {
  // A point as [X, Y, Z, T]; null where the bytes are none, or another spelling of one.
  const said = whole(bytes);
  const y = said & (2n ** 255n - 1n);
  if (y >= PRIME) return null;
  const u = y * y - 1n;
  const v = D * y * y + 1n;
  let x = modulo(u * power(v, 3n) * power(u * power(v, 7n), (PRIME - 5n) / 8n));
  if (modulo(v * x * x + u) === 0n) x = modulo(x * ROOT_OF_MINUS_ONE);
  if (modulo(v * x * x - u) !== 0n) return null;
  const odd = said >> 255n;
  if (x === 0n && odd) return null;
  if ((x & 1n) !== odd) x = PRIME - x;
  return [x, y, 1n, modulo(x * y)];
}

function sum([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = (y1 - x1) * (y2 - x2);
  const b = (y1 + x1) * (y2 + x2);
  const c = 2n * D * modulo(t1 * t2);
  const d = 2n * z1 * z2;
  const [e, f, g, h] = [b - a, d - c, d + c, b + a].map((value) => modulo(value));
  return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
}

function times(point, scalar) {
  let result = [0n, 1n, 1n, 0n];
  for (let at = scalar.toString(2).length - 1; at >= 0; at -= 1) {
    result = sum(result, result);
    if ((scalar >> BigInt(at)) & 1n) result = sum(result, point);
  }
  return result;
}

const same = ([x1, y1, z1], [x2, y2, z2]) => modulo(x1 * z2 - x2 * z1) === 0n && modulo(y1 * z2 - y2 * z1) === 0n;
const NOBODY = [0n, 1n, 1n, 0n];
const BASE = unpacked(Uint8Array.of(0x58, ...Array(31).fill(0x66)));

function fits(key, signature, message) {
  const [owner, promised] = [unpacked(key), unpacked(signature.subarray(0, 32))];
  const scalar = whole(signature.subarray(32));
  if (!owner || !promised || scalar >= ORDER || same(times(owner, 8n), NOBODY)) return false;
  const joined = new Uint8Array(64 + message.length);
  joined.set(signature.subarray(0, 32));
  joined.set(key, 32);
  joined.set(message, 64);
  const challenge = whole(sha512(joined)) % ORDER;
  return same(times(BASE, scalar), sum(promised, times(owner, challenge)));
}

async function fitsInBrowser(key, signature, message) {
  // What the browser itself says; true where it has no Ed25519, as older ones and pages without https.
  let own;
  try {
    own = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return true;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, own, signature, message);
}

function plainBytes(text, length) {
  // Base64 in its one proper spelling; null for anything else.
  if (typeof text !== "string") return null;
  let raw;
  try {
    raw = atob(text);
  } catch {
    return null;
  }
  return raw.length === length && btoa(raw) === text ? Uint8Array.from(raw, (sign) => sign.charCodeAt(0)) : null;
}

async function sealFits(manifest) {
  // The key whose owner sealed it; null where the seal is missing, broken or nobody's.
  const seal = manifest.get("seal");
  if (!(seal instanceof Map) || seal.size !== 3 || seal.get("algorithm") !== "Ed25519") return null;
  const key = plainBytes(seal.get("public_key"), 32);
  const signature = plainBytes(seal.get("signature"), 64);
  if (!key || !signature) return null;
  const body = new Map(manifest);
  body.delete("seal");
  const message = new TextEncoder().encode(canonical(body));
  const holds = fits(key, signature, message) && (await fitsInBrowser(key, signature, message));
  return holds ? seal.get("public_key") : null;
}
