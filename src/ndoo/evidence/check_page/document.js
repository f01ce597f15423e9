// The manifest as it was sealed: JSON in which every key stands once, and numbers stay as they are written.

class Broken extends Error {}

class Fraction {
  constructor(text) {
    this.text = text;
  }
}

function parsed(text) {
  // Objects become maps, whole numbers big ones, others keep their text; whatever is no JSON is Broken.
  const tokens = /[\t\n\r ]*(?:([[\]{}:,])|"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?|(true|false|null))/y;
  const next = () => {
    const token = tokens.exec(text);
    if (!token) throw new Broken();
    return token;
  };
  const strings = (token) => {
    if (token[2] === undefined && !token[0].endsWith('"')) throw new Broken();
    return JSON.parse(token[0]);
  };
  const value = (token, depth) => {
    if (depth > 100) throw new Broken();
    if (token[1] === "{") return members(depth);
    if (token[1] === "[") return elements(depth);
    if (token[1]) throw new Broken();
    if (token[6]) return JSON.parse(token[6]);
    if (token[3] === undefined) return strings(token);
    const number = token[3] + (token[4] || "") + (token[5] || "");
    return number === token[3] && number !== "-0" ? BigInt(number) : new Fraction(number);
  };
  const members = (depth) => {
    const found = new Map();
    for (let token = next(); token[1] !== "}" || found.size; token = next()) {
      const name = strings(token);
      if (found.has(name) || next()[1] !== ":") throw new Broken();
      found.set(name, value(next(), depth + 1));
      const after = next()[1];
      if (after === "}") break;
      if (after !== ",") throw new Broken();
    }
    return found;
  };
  const elements = (depth) => {
    const found = [];
    for (let token = next(); token[1] !== "]" || found.length; token = next()) {
      found.push(value(token, depth + 1));
      const after = next()[1];
      if (after === "]") break;
      if (after !== ",") throw new Broken();
    }
    return found;
  };
  const document = value(next(), 0);
  if (/[^\t\n\r ]/.test(text.slice(tokens.lastIndex)) || !(document instanceof Map)) throw new Broken();
  return document;
}

function byCodePoint(one, other) {
  const [left, right] = [Array.from(one), Array.from(other)];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = left[at].codePointAt(0) - right[at].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

const quoted = (text) =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

function canonical(value) {
  // As it is sealed: keys in the order of their code points, no spaces, ASCII alone.
  if (value instanceof Map) {
    const names = [...value.keys()].sort(byCodePoint);
    return `{${names.map((name) => `${quoted(name)}:${canonical(value.get(name))}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value instanceof Fraction) return value.text;
  return typeof value === "string" ? quoted(value) : String(value);
}

function at(value, ...names) {
  // A part of a document; undefined where it has none.
  return names.reduce((part, name) => (part instanceof Map ? part.get(name) : undefined), value);
}
