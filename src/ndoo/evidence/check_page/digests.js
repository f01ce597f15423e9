// SHA-256 piece by piece, which a browser has not, and SHA-512, which it has not everywhere. Constants are made as FIPS 180-4 says.

const MASK64 = (1n << 64n) - 1n;

function root(value, degree) {
  // The largest whole number whose power is no more than the value.
  let low = 0n;
  let high = 1n << 128n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** degree <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

const PRIMES = [];
for (let candidate = 2; PRIMES.length < 80; candidate += 1) {
  if (PRIMES.every((prime) => candidate % prime)) PRIMES.push(candidate);
}
const ROUNDS_512 = PRIMES.map((prime) => root(BigInt(prime) << 192n, 3n) & MASK64);
const START_512 = PRIMES.slice(0, 8).map((prime) => root(BigInt(prime) << 128n, 2n) & MASK64);
const ROUNDS_256 = Int32Array.from(ROUNDS_512.slice(0, 64), (word) => Number(word >> 32n) | 0);
const START_256 = Int32Array.from(START_512, (word) => Number(word >> 32n) | 0);

function padded(bytes, block, length) {
  // The last blocks of a message: its rest, a one, zeros, and how many bits it has.
  const width = block / 8;
  const whole = new Uint8Array(Math.ceil((bytes.length + 1 + width) / block) * block);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  let bits = BigInt(length) * 8n;
  for (let at = whole.length - 1; bits; at -= 1, bits >>= 8n) whole[at] = Number(bits & 255n);
  return whole;
}

class Sha256 {
  constructor() {
    this.state = START_256.slice();
    this.rest = new Uint8Array(0);
    this.length = 0;
    this.words = new Int32Array(64);
  }

  update(bytes) {
    this.length += bytes.length;
    let from = 0;
    if (this.rest.length) {
      from = Math.min(64 - this.rest.length, bytes.length);
      const joined = new Uint8Array(this.rest.length + from);
      joined.set(this.rest);
      joined.set(bytes.subarray(0, from), this.rest.length);
      this.rest = joined;
      if (joined.length < 64) return;
      this.blocks(joined);
    }
    const end = from + Math.floor((bytes.length - from) / 64) * 64;
    this.blocks(bytes.subarray(from, end));
    this.rest = bytes.slice(end);
  }

  blocks(bytes) {
    const w = this.words;
    const k = ROUNDS_256;
    const state = this.state;
    for (let at = 0; at < bytes.length; ) {
      for (let i = 0; i < 16; i += 1, at += 4) {
        w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
      }
      for (let i = 16; i < 64; i += 1) {
        const x = w[i - 15];
        const y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let a = state[0];
      let b = state[1];
      let c = state[2];
      let d = state[3];
      let e = state[4];
      let f = state[5];
      let g = state[6];
      let h = state[7];
      for (let i = 0; i < 64; i += 1) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
      }
      state[0] += a;
      state[1] += b;
      state[2] += c;
      state[3] += d;
      state[4] += e;
      state[5] += f;
      state[6] += g;
      state[7] += h;
    }
  }

  hex() {
    this.blocks(padded(this.rest, 64, this.length));
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

function sha512(bytes) {
  const state = START_512.slice();
  const whole = padded(bytes, 128, bytes.length);
  const view = new DataView(whole.buffer);
  const turned = (word, by) => ((word >> by) | (word << (64n - by))) & MASK64;
  for (let at = 0; at < whole.length; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + 8 * i));
    for (let i = 16; i < 80; i += 1) {
      const s0 = turned(w[i - 15], 1n) ^ turned(w[i - 15], 8n) ^ (w[i - 15] >> 7n);
      const s1 = turned(w[i - 2], 19n) ^ turned(w[i - 2], 61n) ^ (w[i - 2] >> 6n);
      w.push((w[i - 16] + s0 + w[i - 7] + s1) & MASK64);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i += 1) {
      const s1 = turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n);
      const t1 = h + s1 + ((e & f) ^ (~e & MASK64 & g)) + ROUNDS_512[i] + w[i];
      const s0 = turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(t1 + t2) & MASK64, a, b, c, (d + t1) & MASK64, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      state[i] = (state[i] + word) & MASK64;
    });
  }
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((word, i) => out.setBigUint64(8 * i, word));
  return new Uint8Array(out.buffer);
}
