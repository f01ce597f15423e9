// How many rows a delimited text has: lines, but for those inside quotes; what stands above the rows is none.

const ENCODINGS = ["utf-8", "windows-1252", "utf-16-le", "utf-16-be"];

class Rows {
  constructor(dialect) {
    this.header = at(dialect, "header");
    this.quotes = at(dialect, "quotes");
    this.encoding = at(dialect, "encoding");
    this.wide = ENCODINGS.indexOf(this.encoding) > 1;
    this.swapped = this.encoding === "utf-16-be";
    this.known = typeof this.header === "boolean" && typeof this.quotes === "boolean" && ENCODINGS.includes(this.encoding);
    this.inside = false;
    this.lines = 0;
    this.ended = true;
    this.head = null;
  }

  update(bytes) {
    if (this.head === null) this.head = bytes.slice(0, 512);
    const units = this.wide ? this.units(bytes) : bytes;
    let { inside, lines } = this;
    const quote = this.quotes ? 34 : -1;
    for (let i = 0; i < units.length; i += 1) {
      const unit = units[i];
      if (unit === quote) inside = !inside;
      else if (unit === 10 && !inside) lines += 1;
    }
    this.inside = inside;
    this.lines = lines;
    if (units.length) this.ended = units[units.length - 1] === 10 && !inside;
  }

  units(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, !this.swapped));
  }

  count() {
    const above = (this.header ? 1 : 0) + (this.namesDelimiter() ? 1 : 0);
    return BigInt(this.lines + (this.ended ? 0 : 1) - above);
  }

  namesDelimiter() {
    // A first line such as sep=; is for Excel, and no row.
    const text = new TextDecoder(this.encoding.replace("16-", "16")).decode(this.head || new Uint8Array(0)).replace(/^\ufeff+/, "");
    const end = text.slice(0, 64).indexOf("\n");
    const line = text.slice(0, Math.max(end, 0)).replace(/\r+$/, "").replace(/^"+|"+$/g, "");
    return /^sep=([^\p{L}\p{N}])\1*$/iu.test(line);
  }
}
