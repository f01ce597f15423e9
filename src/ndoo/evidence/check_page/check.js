// What is checked, in which order, and what is said of it. Nothing is "verified" unless every check passed.

const LARGEST_MANIFEST = 1 << 24;
const PIECE = 1 << 22;
const FORMATS = ["csv", "parquet", "arrow"];
const UNCHECKED =
  "The list was not checked: whether somebody in the release has opted out, now or on the day of the release, was not looked up here. " +
  "Who sealed it answers for that.";

const element = (id) => document.getElementById(id);
const chosen = { release: null, manifest: null };
let turn = 0; // What a check finds is shown only where nothing was chosen or entered since it began.

function plain(value) {
  // Anything that a manifest says as one line of text, with no NHS number in it.
  if (value === undefined || value === null) return "not said";
  const text = typeof value === "object" ? canonical(value) : String(value);
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return shown.replace(/[0-9](?:[ -]?[0-9]){9,}/g, "[a number]");
}

async function readManifest(file) {
  if (file.size > LARGEST_MANIFEST) throw new Broken();
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
  const manifest = parsed(text);
  const whole = manifest.get("kind") === "uphold" && ["input", "output", "rows", "people", "columns"].every((part) => at(manifest, part) instanceof Map);
  if (!whole || typeof at(manifest, "output", "format") !== "string") throw new Broken();
  return manifest;
}

function countsAgree(manifest) {
  const [rows, people, held] = [at(manifest, "rows"), at(manifest, "people"), at(manifest, "rows", "held")];
  if (!(held instanceof Map)) return false;
  const all = ["read", "kept", "removed"].flatMap((name) => [at(rows, name), at(people, name)]);
  all.push(...held.values(), at(people, "held"), at(manifest, "input", "rows"), at(manifest, "output", "rows"), at(rows, "kept_without_number"));
  if (!all.every((count) => typeof count === "bigint" && count >= 0n)) return false;
  const heldRows = [...held.values()].reduce((sum, count) => sum + count, 0n);
  return (
    rows.get("read") === rows.get("kept") + rows.get("removed") + heldRows &&
    people.get("read") === people.get("kept") + people.get("removed") + people.get("held") &&
    at(manifest, "input", "rows") === rows.get("read") &&
    at(manifest, "output", "rows") === rows.get("kept") &&
    (rows.get("kept_without_number") === 0n || at(manifest, "undecided", "mode") === "keep-missing")
  );
}

async function readRelease(file, rows, progress) {
  // Its digest and, of plain text, its rows; a piece of it at a time is in memory.
  const digest = new Sha256();
  for (let from = 0; from < file.size; from += PIECE) {
    const piece = new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer());
    digest.update(piece);
    if (rows) rows.update(piece);
    progress(Math.min(file.size, from + PIECE));
  }
  return { bytes: BigInt(digest.length), sha256: digest.hex() };
}

async function packed(file) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return [[0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd]].some((magic) => magic.every((byte, at) => head[at] === byte));
}

async function examine(release, manifestFile, expected, progress) {
  // Every check as [name, passed, sentence]; `passed` is null for what could not be looked at.
  let manifest;
  try {
    manifest = await readManifest(manifestFile);
  } catch {
    return { checks: [["manifest", false, "This is not a manifest of ndoo, or it is damaged."]], manifest: null, key: null };
  }
  const checks = [];
  const key = await sealFits(manifest);
  checks.push(["seal", key !== null, key ? "The manifest is as it was sealed." : "The manifest was changed after it was sealed, or its seal is not its own."]);
  if (expected) {
    const fit = key === expected;
    checks.push(["key", fit, fit ? "It was sealed by the key that you entered." : "It was not sealed by the key that you entered."]);
  }
  const agree = countsAgree(manifest);
  checks.push(["counts", agree, agree ? "Rows read = kept + removed + held back, and people too." : "The manifest's counts do not add up."]);
  const said = manifest.get("output");
  if (!FORMATS.includes(said.get("format"))) {
    checks.push(["digest", false, `This page checks single files of text, Parquet and Arrow. This is the manifest of something else (${plain(said.get("format"))}): check it with ndoo verify.`]);
    return { checks, manifest, key };
  }
  const isPacked = await packed(release);
  const counted = said.get("format") === "csv" && !isPacked ? new Rows(said.get("dialect")) : null;
  const found = await readRelease(release, counted && counted.known ? counted : null, progress);
  const unchanged = found.bytes === said.get("bytes") && found.sha256 === said.get("sha256");
  checks.push(["digest", unchanged, unchanged ? "The file's bytes are those that were published." : "The file was changed after it was published, or is another file."]);
  if (counted) {
    const right = counted.known && counted.count() === said.get("rows");
    checks.push(["rows", right, right ? "It holds as many rows as were kept." : "It does not hold as many rows as the manifest says were kept."]);
  } else {
    const what = isPacked ? "compressed files" : said.get("format") === "parquet" ? "Parquet" : "Arrow";
    checks.push(["rows", null, `Rows of ${what} are not counted here. The digest covers every byte of them.`]);
  }
  return { checks, manifest, key };
}

function verdictOf({ checks, key }, expected) {
  if (!key || !checks.every(([, passed]) => passed !== false)) return ["no", "NOT verified. Do not use this file."];
  if (expected) return ["yes", "Verified, but for the list."];
  return ["unknown", "Everything holds, under a seal that this page does not know."];
}

function facts({ manifest, key }) {
  const [rows, people, list] = [manifest.get("rows"), manifest.get("people"), manifest.get("list")];
  const held = [...at(rows, "held") instanceof Map ? at(rows, "held") : []].map(([reason, count]) => `${plain(reason)} ${plain(count)}`).join(", ");
  const counted = (count, one, more) => `${plain(count)} ${count === 1n ? one : more}`;
  const counts = (name) => `${counted(rows.get(name), "row", "rows")}, ${counted(people.get(name), "person", "people")}`;
  const meaning = { allowed: "only people on it stay", opted_out: "people on it go" };
  const told = [
    ["Sealed by the key", key],
    ["Made", plain(manifest.get("created"))],
    ["File", plain(at(manifest, "output", "name"))],
    ["Read", counts("read")],
    ["Kept", counts("kept")],
    ["Removed", counts("removed")],
    ["Held back", held ? `rows: ${held}` : "none"],
    ["List", list instanceof Map ? `${meaning[list.get("polarity")] || plain(list.get("polarity"))}; taken ${plain(list.get("checked_at"))}` : "none was applied"],
  ];
  if (manifest.has("counts_rounded")) told.push(["Rounded", "what was read, removed and held back: 0 is 0 to 7, more is the nearest 5. What was kept is exact."]);
  const warnings = manifest.get("warnings");
  for (const warned of Array.isArray(warnings) ? warnings : []) told.push(["Warning", plain(at(warned, "message"))]);
  return told;
}

function row(cells, heading) {
  const line = document.createElement("tr");
  cells.forEach((cell, at) => {
    const made = document.createElement(at === 0 ? "th" : "td");
    if (at === 0) made.scope = heading || "row";
    made.textContent = cell;
    line.append(made);
  });
  return line;
}

function show(result, expected, release) {
  const [mark, sentence] = verdictOf(result, expected);
  const verdict = element("verdict");
  verdict.className = mark;
  verdict.textContent = sentence;
  const called = result.key ? ` In the manifest it is called: ${plain(at(result.manifest, "output", "name"))}` : "";
  element("checked").textContent = `File checked: ${plain(release.name)}${called}`;
  const word = (passed) => (passed === null ? "NOT LOOKED AT" : passed ? "PASS" : "FAIL");
  element("checks").replaceChildren(...result.checks.map(([name, passed, because]) => row([name, word(passed), because])));
  // What a manifest says is shown only where its seal fits: of any other nobody knows who wrote it.
  element("facts").replaceChildren(...(result.key ? facts(result).map((fact) => row(fact)) : []));
  element("said").hidden = !result.key;
  element("unchecked").textContent = mark === "no" ? "" : UNCHECKED;
  element("whose").textContent =
    mark === "unknown" ? "Ask the sender for the public key, by another way than the release came, enter it above and check again." : "";
  element("result").hidden = false;
  verdict.focus();
}

function forget() {
  turn += 1;
  element("result").hidden = true;
  element("progress").hidden = true;
  element("check").disabled = false;
}

async function check() {
  const [release, manifest, said] = [chosen.release, chosen.manifest, element("key").value.trim()];
  forget();
  const mine = turn;
  const missing = !release ? "Choose the released file." : !manifest ? "Choose its manifest." : said && !plainBytes(said, 32) ? "That is not a public key: it has 44 characters and ends with =." : "";
  element("missing").textContent = missing;
  if (missing) return;
  const bar = element("progress");
  bar.hidden = false;
  element("check").disabled = true;
  let result;
  try {
    result = await examine(release, manifest, said, (done) => {
      if (mine !== turn) throw new Broken();
      bar.value = done / release.size;
    });
  } catch {
    result = { checks: [["digest", false, "A file could not be read to its end, or changed meanwhile."]], manifest: null, key: null };
  }
  if (mine !== turn) return;
  forget();
  show(result, said, release);
}

function choose(files) {
  // Of two files that are dropped together, the one that is called so is the manifest.
  for (const file of files) {
    const part = /manifest\.json$/.test(file.name) ? "manifest" : "release";
    chosen[part] = file;
    element(`${part}-named`).textContent = `${part === "manifest" ? "Manifest" : "Release"}: ${plain(file.name)}`;
  }
  forget();
}

for (const part of ["release", "manifest"]) {
  element(part).addEventListener("change", (event) => {
    chosen[part] = event.target.files[0] || null;
    element(`${part}-named`).textContent = "";
    forget();
  });
}
element("key").addEventListener("input", forget);
element("check").addEventListener("click", check);
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files);
});
element("form").hidden = false;
