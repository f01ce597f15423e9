/* Where do rows end, which NHS numbers stand in them, and who stays? The byte-level work of ndoo.
 *
 * Freestanding C11, loaded with ctypes. Every function works in the buffers that its caller hands it:
 * nothing is allocated, nothing is kept, and nothing outside [buf, buf + len) is read. The Python side
 * (kernel.py) is the only caller; the reference engine (upholding/text/reference.py) says what is right. */
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;

#define EXPORT __attribute__((visibility("default")))
#define NOBODY 0xFFFFFFFFu
#define LONGEST_CELL 64
#define AHEAD 24 /* how far look-ups are fetched in advance: far enough to hide a miss, near enough to stay cached */

enum why { VALID = 0, MISSING = 1, MALFORMED = 2, CHECK_DIGIT = 3, PLACEHOLDER = 4, NOT_COVERED = 5, TYPE1_UNDECIDED = 6,
           AMBIGUOUS = 7, MENTIONS = 8 /* another cell names somebody */, GO = 255 /* withheld */ };
enum fault { NONE = 0, RAGGED = 1, STRAY_QUOTE = 2, OPEN_QUOTE = 3, NUL_BYTE = 4, BARE_CR = 5 };
enum verdict { KEEP = 0, REMOVE = 1, HOLD = 16 /* plus the reason */ };

/* ---- one cell ---------------------------------------------------------------------------------- */

static void trim(const u8 **p, i64 *n) {
    while (*n > 0 && **p == ' ') { (*p)++; (*n)--; }
    while (*n > 0 && (*p)[*n - 1] == ' ') (*n)--;
}

/* A person is the first nine digits: the tenth follows from them, so 10^9 bits hold everybody. */
static u8 judged(u32 first_nine, u32 sum, u32 alike, u32 *person) {
    if (alike) return PLACEHOLDER;
    if (sum % 11 != 0) return CHECK_DIGIT;
    *person = first_nine;
    return VALID;
}

/* Ten bare digits, which nearly every number is: eight at once in one register, the first in the lowest byte. */
static u8 bare_digits_of(const u8 *p, u32 *person) {
    u64 d = 0;
    for (int k = 0; k < 8; k++) d |= (u64)p[k] << (8 * k);
    d -= 0x3030303030303030u;
    u32 ninth = (u32)p[8] - '0', tenth = (u32)p[9] - '0';
    if (((d + 0x7676767676767676u) | d) & 0x8080808080808080u || ninth > 9 || tenth > 9) return MALFORMED;
    u64 odd = d & 0x00FF00FF00FF00FFu, even = d >> 8 & 0x00FF00FF00FF00FFu; /* 1st, 3rd, 5th, 7th; 2nd, 4th, 6th, 8th */
    u64 sum = (odd * 0x000A000800060004u >> 48) + (even * 0x0009000700050003u >> 48) + 2 * ninth + tenth;
    u64 v = odd * 10 + even;
    v = (v * 100 + (v >> 16)) & 0x0000FFFF0000FFFFu;
    v = (v * 10000 + (v >> 32)) & 0xFFFFFFFFu;
    return judged((u32)v * 10 + ninth, (u32)sum, d == ninth * 0x0101010101010101u && ninth == tenth, person);
}

static u8 digits_of(const u8 *p, i64 n, u32 *person) {
    u32 first_nine = 0, sum = 0, digit = 0, alike = 1;
    i64 at = 0;
    for (u32 k = 0; k < 10; k++) {
        if ((k == 3 || k == 6) && at < n && (p[at] == ' ' || p[at] == '-')) at++;
        if (at >= n) return MALFORMED;
        u32 d = (u32)p[at++] - '0';
        if (d > 9) return MALFORMED;
        if (k > 0) alike &= d == digit;
        digit = d;
        if (k < 9) { first_nine = first_nine * 10 + d; sum += d * (10 - k); }
    }
    return at == n ? judged(first_nine, sum + digit, alike, person) : MALFORMED;
}

/* A field of quoted text as long as it is once "" means one quote, in `plain`; -1 where it is longer than a number can be. */
static i64 unquoted(const u8 *p, i64 n, u8 *plain) {
    i64 length = 0;
    for (i64 at = 0; at < n; at++) {
        if (length == LONGEST_CELL) return -1;
        plain[length++] = p[at];
        if (p[at] == '"' && at + 1 < n && p[at + 1] == '"') at++;
    }
    return length;
}

/* `csv`: the cell is a field of quoted text, so outer quotes are syntax and "" inside them means one quote. */
static u8 read_cell(const u8 *p, i64 n, int csv, u32 *person) {
    u8 plain[LONGEST_CELL];
    *person = NOBODY;
    if (n == 10 && p[0] != ' ' && p[0] != '"' && p[0] != '\'') return bare_digits_of(p, person);
    int quoted = csv && n >= 2 && p[0] == '"' && p[n - 1] == '"';
    if (quoted) { p++; n -= 2; }
    if (quoted && n == 10 && p[0] != ' ' && p[0] != '"' && p[0] != '\'') return bare_digits_of(p, person);
    trim(&p, &n);
    if (n > LONGEST_CELL && !quoted) return MALFORMED;
    if (quoted) {
        n = unquoted(p, n, plain);
        if (n < 0) return MALFORMED;
        p = plain;
    }
    if (n >= 2 && p[0] == p[n - 1] && (p[0] == '"' || p[0] == '\'')) { p++; n -= 2; trim(&p, &n); }
    if (n == 0) return MISSING;
    return digits_of(p, n, person);
}

static int same(const u8 *a, const u8 *b, i64 n) {
    for (i64 k = 0; k < n; k++)
        if (a[k] != b[k]) return 0;
    return 1;
}

/* Cells that are no number and hold one of `texts`, which mean that there is none: they are missing, not malformed. */
EXPORT void ndoo_nulls(const u8 *buf, i64 cells, const i64 *begin, const i64 *end, i32 csv, const u8 *texts,
                       const i32 *lengths, i32 count, u8 *why) {
    u8 plain[LONGEST_CELL];
    for (i64 i = 0; i < cells; i++) {
        if (why[i] != MALFORMED) continue;
        const u8 *p = buf + begin[i], *text = texts;
        i64 n = end[i] - begin[i];
        int quoted = csv && n >= 2 && p[0] == '"' && p[n - 1] == '"';
        if (quoted) { p++; n -= 2; }
        trim(&p, &n);
        if (quoted) {
            n = unquoted(p, n, plain);
            p = plain;
        }
        for (i32 k = 0; k < count; text += lengths[k++])
            if (n == lengths[k] && same(p, text, n)) { why[i] = MISSING; break; }
    }
}

EXPORT void ndoo_cells(const u8 *buf, i64 rows, i32 keys, const i64 *begin, const i64 *end, i32 csv,
                       u32 *person, u8 *why) {
    for (i64 i = 0; i < rows * keys; i++) why[i] = read_cell(buf + begin[i], end[i] - begin[i], csv, person + i);
}

static int is_null(const u8 *validity, i64 at) { return validity && !(validity[at >> 3] >> (at & 7) & 1); }

/* Arrow text: offsets are 4 or 8 bytes wide; `first` is the slice's offset into every buffer. */
EXPORT void ndoo_arrow_text(const u8 *data, const void *offsets, i32 wide, const u8 *validity, i64 first, i64 n,
                            u32 *person, u8 *why) {
    for (i64 i = 0; i < n; i++) {
        i64 at = first + i;
        i64 from = wide ? ((const i64 *)offsets)[at] : ((const i32 *)offsets)[at];
        i64 to = wide ? ((const i64 *)offsets)[at + 1] : ((const i32 *)offsets)[at + 1];
        person[i] = NOBODY;
        why[i] = is_null(validity, at) ? MISSING : read_cell(data + from, to - from, 0, person + i);
    }
}

/* Whole numbers: ten digits exactly. A shorter one has lost its leading zero, and is not given it back. */
EXPORT void ndoo_arrow_int64(const i64 *values, const u8 *validity, i64 first, i64 n, u32 *person, u8 *why) {
    for (i64 i = 0; i < n; i++) {
        i64 at = first + i;
        person[i] = NOBODY;
        if (is_null(validity, at)) { why[i] = MISSING; continue; }
        u64 v = (u64)values[at];
        if (v < 1000000000u || v > 9999999999u) { why[i] = MALFORMED; continue; }
        u8 text[10];
        for (int k = 9; k >= 0; k--) { text[k] = (u8)('0' + v % 10); v /= 10; }
        why[i] = digits_of(text, 10, person + i);
    }
}

/* ---- rows of delimited text -------------------------------------------------------------------- */

typedef struct {
    const u8 *buf;
    i64 len;
    i32 delimiter, quotes; /* delimiter: its bytes, the first one lowest; quotes: 1 when " quotes a field, 0 when it is ordinary */
    i32 width;             /* of the delimiter, in bytes: one, or what a character outside ASCII takes in UTF-8 */
    i32 fields;            /* in every row; a wholly blank line is a row without a number */
    i32 final;             /* 1 when nothing follows buf */
    i64 max_rows;
    i32 wanted, keys;
    const i32 *want;              /* separators to note, ascending, counted from 0 in their row */
    const i32 *begin_at, *end_at; /* per key: index into `want` of the separator before it / after it; -1: the row's edge */
    i64 *noted;                   /* scratch, `wanted` long */
    i64 *row_end, *key_begin, *key_end;
    i64 rows, consumed, found; /* out; `found`: the number of fields of a ragged row */
    i32 fault;                 /* out; it is in row `rows`, counted from 0 */
} scan;

#define WIDEST 4 /* bytes of a character in UTF-8 */

static u64 equal64(const u8 *p, u8 c) {
#if defined(__AVX2__)
    __m256i v = _mm256_set1_epi8((char)c);
    u32 low = (u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)p), v));
    u32 high = (u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(p + 32)), v));
    return (u64)high << 32 | low;
#elif defined(__SSE2__)
    __m128i v = _mm_set1_epi8((char)c);
    u64 m = 0;
    for (int k = 0; k < 4; k++)
        m |= (u64)(u32)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(p + 16 * k)), v)) << (16 * k);
    return m;
#else
    u64 m = 0;
    for (int k = 0; k < 64; k++) m |= (u64)(p[k] == c) << k;
    return m;
#endif
}

static u64 inside_quotes(u64 q) { /* bit i: an odd number of quotes in bits 0..i */
    for (int s = 1; s < 64; s <<= 1) q ^= q << s;
    return q;
}

static int close_row(scan *s, i32 width, i64 from, i64 to, i64 next, i64 separators) {
    i64 end = to > from && s->buf[to - 1] == '\r' ? to - 1 : to;
    int blank = end == from;
    if (!blank && separators != s->fields - 1) { s->fault = RAGGED; s->found = separators + 1; return 0; }
    for (i32 k = 0; k < s->keys; k++) {
        i32 b = s->begin_at[k], e = s->end_at[k];
        i64 at = s->rows * s->keys + k;
        s->key_begin[at] = blank ? from : (b < 0 ? from : s->noted[b] + width);
        s->key_end[at] = blank ? from : (e < 0 ? end : s->noted[e]);
    }
    s->row_end[s->rows++] = s->consumed = next;
    return 1;
}

/* Where a delimiter of several bytes begins in 64 bytes that `width` - 1 more follow. */
static u64 sequence64(const u8 *p, u32 delimiter, i32 width) {
    u64 found = equal64(p, (u8)delimiter);
    for (i32 k = 1; k < width && found; k++) found &= equal64(p + k, (u8)(delimiter >> (8 * k)));
    return found;
}

/* What follows the `left` bytes of `last` did not come yet: where they end within a delimiter, its end is put there. The row
 * is looked at again once more has come. */
static void take_for_whole(u8 *last, i64 left, u32 delimiter, i32 width) {
    for (i32 there = width - 1; there > 0; there--) {
        i32 alike = left >= there;
        for (i32 k = 0; alike && k < there; k++) alike = last[left - there + k] == (u8)(delimiter >> (8 * k));
        if (!alike) continue;
        for (i32 k = there; k < width; k++) last[left - there + k] = (u8)(delimiter >> (8 * k));
        return;
    }
}

/* `width` is known where this is built in, so that the usual one byte costs nothing more. */
static inline __attribute__((always_inline)) void rows_of(scan *s, const i32 width) {
    u64 quoted = 0, after_separator = 1, after_close = 0, after_cr = 0;
    i64 row = 0, separators = 0;
    i32 target = 0;
    s->rows = s->consumed = s->found = 0;
    s->fault = NONE;
    if (s->max_rows <= 0) return;
    for (i64 base = 0; base < s->len; base += 64) {
        u8 last[64 + 2 * WIDEST];
        const u8 *p = s->buf + base;
        i64 left = s->len - base;
        u64 live = ~(u64)0;
        if (left < 63 + width) { /* a whole block, but for what a delimiter reaches beyond it, may be left */
            for (int k = 0; k < 63 + width; k++) last[k] = k < left ? p[k] : 'a';
            if (width > 1 && !s->final) take_for_whole(last, left, (u32)s->delimiter, width);
            p = last;
            if (left < 64) live = ((u64)1 << left) - 1;
        }
        u64 newline = equal64(p, '\n'), cr = equal64(p, '\r');
        u64 delimiter = width == 1 ? equal64(p, (u8)s->delimiter) : sequence64(p, (u32)s->delimiter, width);
        u64 nul = equal64(p, 0), stray = 0;
        if (s->quotes) {
            u64 quote = equal64(p, '"');
            if (quote | quoted | after_close) {
                u64 in = inside_quotes(quote) ^ quoted;
                u64 opens = quote & in, closes = quote & ~in;
                quoted = (u64)0 - (in >> 63);
                newline &= ~in; delimiter &= ~in; cr &= ~in;
                u64 past_close = closes << 1 | after_close, past_edge = newline << 1 | delimiter << width | after_separator;
                stray = (opens & ~(past_edge | past_close)) | (past_close & ~(newline | delimiter | cr | opens));
                after_close = closes >> 63;
            }
        }
        after_separator = newline >> 63 | delimiter >> (64 - width);
        u64 past_cr = cr << 1 | after_cr;
        after_cr = cr >> 63;
        stray &= live;
        u64 bare = past_cr & ~newline & live;
        u64 wrong = stray | nul | bare;
        u64 first_wrong = wrong & (0 - wrong);
        if (wrong) newline &= first_wrong - 1;
        while (newline) {
            u64 end = newline & (0 - newline), here = delimiter & (end - 1);
            i64 count = __builtin_popcountll(here);
            for (i64 skipped = separators; target < s->wanted && s->want[target] < separators + count; target++) {
                for (; skipped < s->want[target]; skipped++) here &= here - 1;
                s->noted[target] = base + __builtin_ctzll(here);
            }
            i64 at = base + __builtin_ctzll(end);
            if (!close_row(s, width, row, at, at + 1, separators + count)) return;
            if (s->rows == s->max_rows) return;
            row = at + 1;
            separators = 0;
            target = 0;
            delimiter &= ~(end - 1);
            newline ^= end;
        }
        if (wrong) { s->fault = first_wrong & nul ? NUL_BYTE : first_wrong & stray ? STRAY_QUOTE : BARE_CR; return; }
        u64 here = delimiter & live;
        i64 count = __builtin_popcountll(here);
        for (i64 skipped = separators; target < s->wanted && s->want[target] < separators + count; target++) {
            for (; skipped < s->want[target]; skipped++) here &= here - 1;
            s->noted[target] = base + __builtin_ctzll(here);
        }
        separators += count;
    }
    if (!s->final) return;
    if (quoted) { s->fault = OPEN_QUOTE; return; }
    if (row < s->len) {
        if (s->buf[s->len - 1] == '\r') { s->fault = BARE_CR; return; }
        close_row(s, width, row, s->len, s->len, separators);
    }
}

/* Where the last whole row of a text ends that begins with a row; 0 where none does. Whether the rows are sound is not asked. */
EXPORT i64 ndoo_last_end(const u8 *buf, i64 len, i32 quotes) {
    u64 quoted = 0;
    i64 last = 0;
    for (i64 base = 0; base < len; base += 64) {
        u8 rest[64];
        const u8 *p = buf + base;
        i64 left = len - base;
        if (left < 64) { /* a whole block may be left to read */
            for (int k = 0; k < 64; k++) rest[k] = k < left ? p[k] : 'a';
            p = rest;
        }
        u64 newline = equal64(p, '\n'), quote = quotes ? equal64(p, '"') : 0;
        if (quote | quoted) {
            u64 in = inside_quotes(quote) ^ quoted;
            quoted = (u64)0 - (in >> 63);
            newline &= ~in;
        }
        if (newline) last = base + 64 - __builtin_clzll(newline);
    }
    return last;
}

EXPORT void ndoo_rows(scan *s) {
    if (s->width > 1) rows_of(s, s->width);
    else rows_of(s, 1);
}

/* ---- people ------------------------------------------------------------------------------------ */

static int has(const u8 *bits, u32 person) { return bits[person >> 3] >> (person & 7) & 1; }

/* Adds the valid ones; returns how many were new. */
EXPORT i64 ndoo_add(u8 *bits, const u32 *person, const u8 *why, i64 n) {
    i64 fresh = 0;
    for (i64 i = 0; i < n; i++) {
        if (i + AHEAD < n && why[i + AHEAD] == VALID) __builtin_prefetch(bits + (person[i + AHEAD] >> 3), 1);
        if (why[i] != VALID || has(bits, person[i])) continue;
        bits[person[i] >> 3] |= (u8)(1 << (person[i] & 7));
        fresh++;
    }
    return fresh;
}

/* Adds the valid ones, and says of which this was the first time. */
EXPORT void ndoo_fresh(u8 *bits, const u32 *person, const u8 *why, i64 n, u8 *first) {
    for (i64 i = 0; i < n; i++) {
        if (i + AHEAD < n && why[i + AHEAD] == VALID) __builtin_prefetch(bits + (person[i + AHEAD] >> 3), 1);
        first[i] = why[i] == VALID && !has(bits, person[i]);
        if (first[i]) bits[person[i] >> 3] |= (u8)(1 << (person[i] & 7));
    }
}

EXPORT void ndoo_has(const u8 *bits, const u32 *person, const u8 *why, i64 n, u8 *answer) {
    for (i64 i = 0; i < n; i++) answer[i] = why[i] == VALID && has(bits, person[i]);
}

/* How many are in `of` and in neither of the others (either may be null). */
EXPORT i64 ndoo_count(const u64 *of, const u64 *not_a, const u64 *not_b, i64 bytes) {
    i64 count = 0;
    for (i64 i = 0; i < bytes / 8; i++) {
        u64 w = of[i];
        if (!w) continue;
        if (not_a) w &= ~not_a[i];
        if (not_b) w &= ~not_b[i];
        count += __builtin_popcountll(w);
    }
    return count;
}

/* Whoever is wanted and was asked about is wanted no longer, and goes into `out` if allowed. Returns how many they were. */
EXPORT i64 ndoo_take_known(u64 *wanted, const u64 *asked, const u64 *allowed, u64 *out, i64 bytes) {
    i64 settled = 0;
    for (i64 i = 0; i < bytes / 8; i++) {
        if (!wanted[i]) continue;
        u64 known = wanted[i] & asked[i];
        if (!known) continue;
        settled += __builtin_popcountll(known);
        if (known & allowed[i]) out[i] |= known & allowed[i];
        wanted[i] &= ~known;
    }
    return settled;
}

/* A list, one number a line, an optional comma and CR behind it. Whole lines only, unless `final`. Blank
 * lines are taken at the very end only. Returns the number of lines read; *bad is 1 where the next line is
 * no number, *fresh grows by the people who were new. */
EXPORT i64 ndoo_list(const u8 *buf, i64 len, i32 final, u8 *bits, i64 *consumed, i32 *bad, i64 *fresh) {
    u32 person[256];
    u8 why[256];
    i64 lines = 0, at = 0;
    i32 waiting = 0;
    *consumed = 0;
    *bad = 0;
    while (at < len && !*bad) {
        i64 end = at + 10; /* where nearly every line ends, or its comma stands */
        if (end + 1 < len && buf[end] == ',') end++;
        if (end >= len || buf[end] != '\n' || buf[at] < '0')
            for (end = at; end < len && buf[end] != '\n';) end++;
        if (end == len && !final) break;
        i64 n = end - at;
        if (n > 0 && buf[at + n - 1] == '\r') n--;
        if (n > 0 && buf[at + n - 1] == ',') n--;
        why[waiting] = read_cell(buf + at, n, 0, person + waiting);
        if (why[waiting] == MISSING) {
            i64 rest = at;
            while (rest < len && (buf[rest] == '\n' || buf[rest] == '\r')) rest++;
            if (!final) break; /* whether the list ends here shows when more is read */
            if (rest == len) { *consumed = len; break; }
        }
        if (why[waiting] != VALID) { *bad = 1; break; }
        waiting++;
        lines++;
        at = end < len ? end + 1 : end;
        *consumed = at;
        if (waiting == 256) { *fresh += ndoo_add(bits, person, why, waiting); waiting = 0; }
    }
    *fresh += ndoo_add(bits, person, why, waiting);
    return lines;
}

/* A person's ten digits; one whose check is 10 is in no set. */
static void put_number(u32 person, u8 *out) {
    u32 sum = 0;
    for (int k = 8; k >= 0; k--) {
        u32 d = person % 10;
        person /= 10;
        out[k] = (u8)('0' + d);
        sum += d * (u32)(10 - k);
    }
    out[9] = (u8)('0' + (11 - sum % 11) % 11);
}

/* The people of [*from, to) as lines of a list, number, comma, line feed, in ascending order, as long as `room` bytes
 * last. Returns the bytes written; *from becomes the person to go on with. */
EXPORT i64 ndoo_lines(const u8 *bits, i64 *from, i64 to, u8 *out, i64 room) {
    i64 written = 0, person = *from;
    while (person < to) {
        if (!(person & 63) && !((const u64 *)bits)[person >> 6]) { person += 64; continue; }
        if (has(bits, (u32)person)) {
            if (written + 12 > room) break;
            put_number((u32)person, out + written);
            out[written + 10] = ',';
            out[written + 11] = '\n';
            written += 12;
        }
        person++;
    }
    *from = person < to ? person : to;
    return written;
}

/* ---- a snapshot of a set ------------------------------------------------------------------------ */

/* Each person as the distance from the one before (the first from -1), seven bits a byte, the lowest first, the
 * high bit where more follow. Returns the bytes needed; writes them where `out` is not null. */
EXPORT i64 ndoo_pack(const u64 *bits, i64 bytes, u8 *out) {
    i64 used = 0, before = -1;
    for (i64 i = 0; i < bytes / 8; i++) {
        for (u64 w = bits[i]; w; w &= w - 1) {
            i64 person = 64 * i + __builtin_ctzll(w), distance = person - before;
            for (; distance > 127; distance >>= 7, used++)
                if (out) out[used] = (u8)(distance | 128);
            if (out) out[used] = (u8)distance;
            used++;
            before = person;
        }
    }
    return used;
}

/* The same back into `bits`, which hold `people` bits and are empty. Returns how many people it named; -1 where the
 * bytes are not what ndoo_pack writes. */
EXPORT i64 ndoo_unpack(const u8 *buf, i64 len, u8 *bits, i64 people) {
    i64 count = 0, before = -1;
    for (i64 at = 0; at < len; count++) {
        i64 distance = buf[at] & 127;
        for (int shift = 7; buf[at++] & 128; shift += 7) {
            if (at == len || shift > 28 || buf[at] == 0) return -1;
            distance |= (i64)(buf[at] & 127) << shift;
        }
        before += distance;
        if (distance == 0 || before >= people) return -1;
        bits[before >> 3] |= (u8)(1 << (before & 7));
    }
    return count;
}

/* ---- the decision on each row ------------------------------------------------------------------ */

typedef struct {
    const u8 *list;        /* the list's people; null: the opt-out does not apply, and every row stays */
    i32 list_allows;       /* 1: they alone may stay; 0: they must go */
    i32 keep_missing;      /* 1: a row with no number at all stays */
    const u8 *asked;       /* those the list was asked about; null: nobody knows */
    const u32 *covered;    /* where the list names those who must go: pairs first, last (nine digits) it can know of */
    i32 ranges;
    u8 *kept, *removed, *held; /* people seen, by what became of a row; where rows name one person only, kept and
                                  removed may be one set, because the list tells the two apart */
    const u8 *dissent, *unsettled, *known; /* Type 1: who dissents, of whom nobody can say, and whose entries were
                                              read at all; null: not asked about */
    const u8 *disputed;    /* those whom one list of the allowed leaves out and another one names; null: nobody */
} rules;

static u8 in_england(const rules *r, u32 person) {
    for (i32 k = 0; k < r->ranges; k++)
        if (person >= r->covered[2 * k] && person <= r->covered[2 * k + 1]) return VALID;
    return NOT_COVERED;
}

static u8 by_list(const rules *r, u32 person) {
    if (!r->list_allows) return has(r->list, person) ? GO : in_england(r, person);
    if (r->asked && !has(r->asked, person)) return NOT_COVERED;
    if (r->disputed && has(r->disputed, person)) return AMBIGUOUS;
    return has(r->list, person) ? VALID : GO;
}

/* VALID: may stay. GO: must go. Otherwise a reason why nobody can say. `who_says` grows by 1 where the list says GO,
 * by 2 where there is a Type 1 dissent. */
static u8 look_up(const rules *r, u32 person, u8 why, u8 *who_says) {
    if (!r->list && !r->dissent) return VALID;
    if (why != VALID) return why;
    u8 listed = r->list ? by_list(r, person) : VALID;
    *who_says |= listed == GO;
    if (!r->dissent) return listed;
    if (has(r->dissent, person)) { *who_says |= 2; return GO; }
    if (listed != VALID) return listed;
    if (has(r->unsettled, person)) return TYPE1_UNDECIDED;
    return has(r->known, person) ? VALID : in_england(r, person);
}

/* Sets the bit: is this the first time? Several threads may ask of one set at once, and one of them is told so. */
static int first_of(u8 *place, u8 bit) {
    if (__atomic_load_n(place, __ATOMIC_RELAXED) & bit) return 0;
    return !(__atomic_fetch_or(place, bit, __ATOMIC_RELAXED) & bit);
}

/* tally: 0 kept, 1 removed, 2..6 held by reason 1..5, 7 kept although without a number; 8, 9, 10 people who came
 * into kept, removed and held for the first time; 11 held by reason 6; 12 rows in which somebody has a Type 1 dissent,
 * 13 those of them that only it removes; 14, 15 the same of people; 16 and 17 held by reasons 7 and 8. The first key is the row's person; the others only
 * add reasons to remove or hold it. `marked`, where given, is 1 for rows whose other cells name somebody. */
EXPORT void ndoo_decide(const rules *given, const u32 *person, const u8 *why, i64 rows, i32 keys, const u8 *marked,
                        u8 *verdict, i64 *tally) {
    const rules own_copy = *given, *r = &own_copy; /* nothing that is written below can be one of these */
    i64 count[18] = {0};
    for (i64 i = 0; i < rows; i++) {
        i64 ahead = (i + AHEAD) * keys;
        if (keys == 0) { /* no column names a person */
            verdict[i] = marked && marked[i] ? HOLD + MENTIONS : KEEP;
            count[verdict[i] == KEEP ? 0 : 17]++;
            continue;
        }
        if (i + AHEAD < rows && why[ahead] == VALID) {
            __builtin_prefetch(r->list + (person[ahead] >> 3), 0);
            __builtin_prefetch(r->kept + (person[ahead] >> 3), 1);
        }
        u8 out = KEEP, others = VALID;
        int any = 0;
        u8 says = 0;
        u8 own = look_up(r, person[i * keys], why[i * keys], &says);
        u8 own_says = says;
        if (own == GO) out = REMOVE;
        for (i32 k = 1; k < keys; k++) {
            u8 w = why[i * keys + k];
            if (w == MISSING) continue; /* no second person in this row */
            any = 1;
            u8 other = look_up(r, person[i * keys + k], w, &says);
            if (other == GO) out = REMOVE;
            else if (others == VALID) others = other;
        }
        if (out == KEEP) {
            int blank = own == MISSING && r->keep_missing && !any;
            if (own != VALID && !blank) out = HOLD + own;
            else if (others != VALID) out = HOLD + others;
            else if (marked && marked[i]) out = HOLD + MENTIONS;
            else count[7] += blank;
        }
        verdict[i] = out;
        count[out == KEEP ? 0 : out == REMOVE ? 1 : out == HOLD + TYPE1_UNDECIDED ? 11 : out == HOLD + AMBIGUOUS ? 16
              : out == HOLD + MENTIONS ? 17 : 1 + (out - HOLD)]++;
        count[12] += says >> 1;
        count[13] += says == 2;
        if (why[i * keys] == VALID) {
            u32 who = person[i * keys];
            u8 *seen = (out == KEEP ? r->kept : out == REMOVE ? r->removed : r->held) + (who >> 3);
            if (first_of(seen, (u8)(1 << (who & 7)))) {
                count[out == KEEP ? 8 : out == REMOVE ? 9 : 10]++;
                count[14] += own_says >> 1;
                count[15] += own_says == 2;
            }
        }
    }
    for (int k = 0; k < 18; k++) tally[k] += count[k];
}

/* The lines of a list of valid numbers (`ndoo_list` has been through it) whose people may stay, byte for byte and in
 * order. `seen`, where it is given, drops a person's later lines. tally: 0 kept, 1 removed, 2 not covered, 3 repeated.
 * Whole lines only, unless `final`. Returns the bytes written to `out`, which has room for `len`. */
EXPORT i64 ndoo_sift(const rules *given, const u8 *buf, i64 len, i32 final, u8 *seen, u8 *out, i64 *consumed,
                     i64 *tally) {
    const rules own_copy = *given, *r = &own_copy;
    u32 person[256];
    i64 begin[256], end[256];
    i64 at = 0, written = 0;
    i32 more = 1;
    *consumed = 0;
    while (more) {
        i32 n = 0;
        for (; n < 256; n++) {
            i64 stop = at + 10;
            if (stop + 1 < len && buf[stop] == ',') stop++;
            if (stop >= len || buf[stop] != '\n')
                for (stop = at; stop < len && buf[stop] != '\n';) stop++;
            if (at >= len || (stop == len && !final)) { more = 0; break; }
            i64 width = stop - at;
            if (width > 0 && buf[at + width - 1] == '\r') width--;
            if (width > 0 && buf[at + width - 1] == ',') width--;
            begin[n] = at;
            at = end[n] = stop < len ? stop + 1 : stop;
            if (read_cell(buf + begin[n], width, 0, person + n) != VALID) { *consumed = at; n--; continue; } /* the blank end */
            __builtin_prefetch(r->list + (person[n] >> 3), 0);
            if (seen) __builtin_prefetch(seen + (person[n] >> 3), 1);
        }
        for (i32 k = 0; k < n; k++) {
            u8 answer = by_list(r, person[k]);
            *consumed = end[k];
            if (answer != VALID) { tally[answer == GO ? 1 : 2]++; continue; }
            if (seen) {
                u8 *place = seen + (person[k] >> 3), bit = (u8)(1 << (person[k] & 7));
                if (*place & bit) { tally[3]++; continue; }
                *place |= bit;
            }
            tally[0]++;
            __builtin_memcpy(out + written, buf + begin[k], (size_t)(end[k] - begin[k]));
            written += end[k] - begin[k];
        }
    }
    return written;
}

/* Each kept person once, as the line of a list, in the order of the rows; `out` has room for 12 bytes a row. */
EXPORT i64 ndoo_write(const u32 *person, const u8 *verdict, i64 rows, u8 *seen, i32 comma, u8 *out) {
    i64 written = 0;
    for (i64 i = 0; i < rows; i++) {
        if (verdict[i] != KEEP || person[i] == NOBODY || has(seen, person[i])) continue;
        seen[person[i] >> 3] |= (u8)(1 << (person[i] & 7));
        put_number(person[i], out + written);
        written += 10;
        if (comma) out[written++] = ',';
        out[written++] = '\n';
    }
    return written;
}

/* Copies the kept (or the held) rows, whole and in order; `unit` is 2 where buf is UTF-16 and row_end counts units. */
EXPORT i64 ndoo_gather(const u8 *buf, const i64 *row_end, i64 rows, const u8 *verdict, i32 held, i32 unit, u8 *out) {
    i64 written = 0;
    for (i64 i = 0; i < rows;) {
        int take = held ? verdict[i] >= HOLD : verdict[i] == KEEP;
        i64 from = i ? row_end[i - 1] : 0;
        while (i < rows && (held ? verdict[i] >= HOLD : verdict[i] == KEEP) == take) i++;
        i64 length = (row_end[i - 1] - from) * unit;
        if (take) { __builtin_memcpy(out + written, buf + from * unit, (size_t)length); written += length; }
    }
    return written;
}

/* The kept (or the held) rows as Arrow's bits, lowest first; `bits` is zero before. */
EXPORT void ndoo_mask(const u8 *verdict, i64 rows, i32 held, u8 *bits) {
    for (i64 i = 0; i < rows; i++)
        bits[i >> 3] |= (u8)((held ? verdict[i] >= HOLD : verdict[i] == KEEP) << (i & 7));
}

static i32 is_plain_digit(u8 c) { return (u8)(c - '0') < 10; }

/* In UTF-16: text of one byte a character, or with its bytes the other way round, in which ten digits could stand? A number of
 * which the units are pairs shows eight digits or more in whole units, wherever it begins. */
static i32 holds_other_units(const u8 *buf, i64 units, i32 big_endian) {
    i32 paired = 0, swapped = 0, other = 0;
    for (i64 i = 0; i < units; i++) {
        u8 high = buf[2 * i + (big_endian ? 0 : 1)], low = buf[2 * i + (big_endian ? 1 : 0)];
        i32 digits = is_plain_digit(high) + is_plain_digit(low), parts = (high == ' ' || high == '-') + (low == ' ' || low == '-');
        paired = digits + parts == 2 && digits ? paired + digits : 0;
        if (paired >= 8) return 1;
        if (low || !(is_plain_digit(high) || high == ' ' || high == '-')) swapped = other = 0;
        else if (is_plain_digit(high)) {
            swapped++;
            other += high != '0'; /* which alone is the blank of Chinese and Japanese text */
            if (swapped >= 10 && other) return 1;
        }
    }
    return 0;
}

/* UTF-16 seen as bytes: every character outside ASCII becomes 0xFF, so that one scanner serves all encodings; a delimiter
 * outside ASCII (0: there is none) becomes 0xFE. Returns 1 where it is not UTF-16 throughout. */
EXPORT i32 ndoo_narrow(const u8 *buf, i64 units, i32 big_endian, i32 delimiter, u8 *out) {
    u8 odd = 0;
    for (i64 i = 0; i < units; i++) {
        u8 high = buf[2 * i + (big_endian ? 0 : 1)], low = buf[2 * i + (big_endian ? 1 : 0)];
        out[i] = high || low > 127 ? 0xFF : low;
        odd |= (u8)(high - '0') < 10;
    }
    if (odd && holds_other_units(buf, units, big_endian)) return 1;
    if (!delimiter) return 0;
    for (i64 i = 0; i < units; i++)
        if (buf[2 * i + (big_endian ? 0 : 1)] == delimiter >> 8 && buf[2 * i + (big_endian ? 1 : 0)] == (delimiter & 0xFF)) out[i] = 0xFE;
    return 0;
}

#include "_entries.c"

/* Where the cells of an Arrow column of text lie; a null is a blank. */
EXPORT void ndoo_arrow_cells(const void *offsets, i32 wide, const u8 *validity, i64 first, i64 n, i64 *begin, i64 *end) {
    for (i64 i = 0; i < n; i++) {
        i64 at = first + i;
        begin[i] = wide ? ((const i64 *)offsets)[at] : ((const i32 *)offsets)[at];
        end[i] = is_null(validity, at) ? begin[i] : wide ? ((const i64 *)offsets)[at + 1] : ((const i32 *)offsets)[at + 1];
    }
}

#include "_undone.c"
#include "_symbols.c"
#include "_sight.c"
#include "_chains.c"
#include "_readings.c"
#include "_mentions.c"
