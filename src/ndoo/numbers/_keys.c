/* Which rows lead to which? The keys of linked tables as names of 64 bits, an index of them, and what is known of each.
 *
 * Freestanding C11, loaded with ctypes. Every function works in the buffers that its caller hands it: nothing is
 * allocated and nothing is kept. The Python side (key_kernel.py) is the only caller; the reference engine
 * (upholding/linked_tables/reference.py) says what is right.
 *
 * A state is one byte: the level in the low four bits (0 may stay; the greater, the worse), and two marks. */
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;

#define EXPORT __attribute__((visibility("default")))
#define ABSENT 0xFFFFFFFFu
#define BLANK 0xFFFFFFFEu
#define NOBODY 0xFFFFFFFFu
#define SEVERAL 0xFFFFFFFEu
#define LEVEL 0x0F
#define ANCHORED 0x80 /* leads to somebody whose number can be read */
#define UNNUMBERED 0x40 /* the row of a person without a number, which may stay where it leads to nobody else */
#define AHEAD 16

/* ---- names: SipHash-2-4 under a secret of this run, so that nobody can prepare keys that collide ---- */

typedef struct { u64 a, b, c, d, tail; i64 length; } sip;

static u64 turned(u64 x, int by) { return x << by | x >> (64 - by); }

static void rounds(sip *s, int times) {
    while (times--) {
        s->a += s->b; s->b = turned(s->b, 13); s->b ^= s->a; s->a = turned(s->a, 32);
        s->c += s->d; s->d = turned(s->d, 16); s->d ^= s->c;
        s->a += s->d; s->d = turned(s->d, 21); s->d ^= s->a;
        s->c += s->b; s->b = turned(s->b, 17); s->b ^= s->c; s->c = turned(s->c, 32);
    }
}

static sip begun(const u64 *secret) {
    sip s = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du, secret[0] ^ 0x6c7967656e657261u,
             secret[1] ^ 0x7465646279746573u, 0, 0};
    return s;
}

static void taken(sip *s, u8 byte) {
    s->tail |= (u64)byte << 8 * (s->length++ & 7);
    if ((s->length & 7) == 0) { s->d ^= s->tail; rounds(s, 2); s->a ^= s->tail; s->tail = 0; }
}

static u64 ended(sip *s) {
    u64 last = s->tail | (u64)(s->length & 0xFF) << 56;
    s->d ^= last; rounds(s, 2); s->a ^= last;
    s->c ^= 0xFF; rounds(s, 4);
    u64 name = s->a ^ s->b ^ s->c ^ s->d;
    return name ? name : 1; /* 0 means blank */
}

/* The name of each cell, the spaces around it left aside; 0 for a blank, and for a cell with one of `nulls` names.
 * `csv`: the cell is a field of quoted text. Cell i lies in buf from begin[i * stride] to end[i * stride]. */
EXPORT void ndoo_key_names(const u8 *buf, const i64 *begin, const i64 *end, i64 stride, i64 rows, i32 csv,
                           const u64 *secret, const u64 *nulls, i32 null_count, u64 *name) {
    for (i64 i = 0; i < rows; i++) {
        const u8 *p = buf + begin[i * stride];
        i64 n = end[i * stride] - begin[i * stride];
        int quoted = csv && n >= 2 && p[0] == '"' && p[n - 1] == '"';
        if (quoted) { p++; n -= 2; }
        while (n > 0 && *p == ' ') { p++; n--; }
        while (n > 0 && p[n - 1] == ' ') n--;
        name[i] = 0;
        if (n == 0) continue;
        sip s = begun(secret);
        for (i64 at = 0; at < n; at++) {
            taken(&s, p[at]);
            if (quoted && p[at] == '"' && at + 1 < n && p[at + 1] == '"') at++;
        }
        name[i] = ended(&s);
        for (i32 k = 0; k < null_count; k++)
            if (name[i] == nulls[k]) name[i] = 0;
    }
}

/* One name for the cells of a key that has several columns; `names` holds one column after the other. Blank if one is. */
EXPORT void ndoo_key_joined(const u64 *names, i32 width, i64 rows, const u64 *secret, u64 *name) {
    for (i64 i = 0; i < rows; i++) {
        sip s = begun(secret);
        int blank = 0;
        for (i32 k = 0; k < width; k++) {
            u64 one = names[k * rows + i];
            blank |= one == 0;
            for (int shift = 0; shift < 64; shift += 8) taken(&s, (u8)(one >> shift));
        }
        name[i] = blank ? 0 : ended(&s);
    }
}

/* A person as the name of a key: every spelling of one number is the same. */
EXPORT void ndoo_key_people(const u32 *person, const u8 *why, i64 rows, u64 *name) {
    for (i64 i = 0; i < rows; i++) name[i] = why[i] ? 0 : ((u64)person[i] + 1) * 0x9E3779B97F4A7C15u;
}

/* ---- an index: open addressing, at most three quarters full ------------------------------------- */

static i64 place(const u64 *slot, i64 mask, u64 name) {
    i64 at = (i64)(name ^ name >> 32) & mask;
    while (slot[at] && slot[at] != name) at = (at + 1) & mask;
    return at;
}

static void fetch(const u64 *slot, const u32 *number, i64 mask, u64 name) {
    i64 at = (i64)(name ^ name >> 32) & mask;
    __builtin_prefetch(slot + at);
    __builtin_prefetch(number + at);
}

/* Every name gets a number, in the order in which they come; `next` is the first free one. Returns the next free one. */
EXPORT i64 ndoo_key_add(u64 *slot, u32 *number, i64 mask, const u64 *name, i64 n, i64 next, u32 *out) {
    for (i64 i = 0; i < n; i++) {
        if (i + AHEAD < n) fetch(slot, number, mask, name[i + AHEAD]);
        if (!name[i]) { out[i] = BLANK; continue; }
        i64 at = place(slot, mask, name[i]);
        if (!slot[at]) { slot[at] = name[i]; number[at] = (u32)next++; }
        out[i] = number[at];
    }
    return next;
}

EXPORT void ndoo_key_find(const u64 *slot, const u32 *number, i64 mask, const u64 *name, i64 n, u32 *out) {
    for (i64 i = 0; i < n; i++) {
        if (i + AHEAD < n) fetch(slot, number, mask, name[i + AHEAD]);
        if (!name[i]) { out[i] = BLANK; continue; }
        i64 at = place(slot, mask, name[i]);
        out[i] = slot[at] ? number[at] : ABSENT;
    }
}

EXPORT void ndoo_key_move(const u64 *from, const u32 *from_number, i64 slots, u64 *slot, u32 *number, i64 mask) {
    for (i64 i = 0; i < slots; i++) {
        if (!from[i]) continue;
        i64 at = place(slot, mask, from[i]);
        slot[at] = from[i];
        number[at] = from_number[i];
    }
}

/* ---- states ------------------------------------------------------------------------------------- */

static u8 worse(u8 one, u8 other) { return one > other ? one : other; }
static u8 both(u8 one, u8 other) {
    return worse(one & LEVEL, other & LEVEL) | ((one | other) & ANCHORED);
}
static u32 either(u32 one, u32 other) { return one == NOBODY || one == other ? other : other == NOBODY ? one : SEVERAL; }

/* What one column of numbers says, to the rows. */
EXPORT void ndoo_key_join(u8 *row, const u8 *other, i64 n) {
    for (i64 i = 0; i < n; i++) row[i] = both(row[i], other[i]) | ((row[i] | other[i]) & UNNUMBERED);
}

/* What a row comes to goes to the key that it has; a key that several rows have takes the worst of them. */
EXPORT void ndoo_key_tell(const u32 *number, const u8 *row, const u32 *row_who, i64 n, u8 *state, u32 *who) {
    for (i64 i = 0; i < n; i++) {
        if (number[i] == BLANK) continue;
        state[number[i]] = both(state[number[i]], row[i]);
        who[number[i]] = either(who[number[i]], row_who[i]);
    }
}

/* What the keys that rows lead to are comes to the rows. `who` is null where the link does not say whose a row is.
 * `agrees` of a row with a number of its own grows to 2 where a link leads to the same person, to 1 where to another. */
EXPORT i64 ndoo_key_follow(const u8 *state, const u32 *who, const u32 *number, i64 n, u8 orphan, const u32 *own, u8 *row,
                           u32 *row_who, u8 *agrees) {
    i64 orphans = 0;
    for (i64 i = 0; i < n; i++) {
        u32 at = number[i];
        if (at == BLANK) continue;
        if (at == ABSENT) { row[i] = (row[i] & ~LEVEL) | worse(row[i] & LEVEL, orphan); orphans++; continue; }
        row[i] = both(row[i], state[at]) | (row[i] & UNNUMBERED);
        if (!who || who[at] == NOBODY) continue;
        row_who[i] = either(row_who[i], who[at]);
        if (own[i] != NOBODY) agrees[i] = worse(agrees[i], own[i] == who[at] || who[at] == SEVERAL ? 2 : 1);
    }
    return orphans;
}

/* The last word on each row: a number that contradicts every link, and rows that lead to nobody. */
EXPORT void ndoo_key_settle(i64 n, const u32 *own, const u8 *agrees, u8 ambiguous, u8 missing, i32 keep_missing, u8 *row,
                            u32 *row_who) {
    for (i64 i = 0; i < n; i++) {
        u8 level = row[i] & LEVEL;
        if (own[i] != NOBODY) { row_who[i] = own[i]; if (agrees[i] == 1) level = worse(level, ambiguous); }
        if (row[i] & UNNUMBERED && row[i] & ANCHORED) level = worse(level, missing);
        if (!(row[i] & ANCHORED) && !keep_missing) level = worse(level, missing);
        row[i] = level | (row[i] & ANCHORED);
    }
}

/* The greatest level goes along every edge, as far as edges lead. `start` has room for nodes + 1, `edge` for edges,
 * `queue` for nodes. Each node is passed on once: the greatest levels go first. */
EXPORT void ndoo_key_spread(u8 *level, i64 nodes, const u32 *from, const u32 *to, i64 edges, u32 *start, u32 *edge,
                            u32 *queue) {
    for (i64 i = 0; i <= nodes; i++) start[i] = 0;
    for (i64 i = 0; i < edges; i++) start[from[i]]++;
    u32 sum = 0;
    for (i64 i = 0; i <= nodes; i++) { sum += start[i]; start[i] = sum; }
    for (i64 i = edges; i-- > 0;) edge[--start[from[i]]] = to[i];
    for (u32 now = LEVEL; now > 0; now--) {
        i64 head = 0, tail = 0;
        for (i64 i = 0; i < nodes; i++)
            if (level[i] == now) queue[tail++] = (u32)i;
        for (; head < tail; head++)
            for (u32 k = start[queue[head]]; k < start[queue[head] + 1]; k++)
                if (level[edge[k]] < now) { level[edge[k]] = (u8)now; queue[tail++] = edge[k]; }
    }
}

/* Which key each row has, or leads to, as edges between nodes; how many. A row's node is `first_row` and its place. */
EXPORT i64 ndoo_key_edges(const u32 *number, i64 n, u32 first_key, u32 first_row, u32 *key, u32 *row) {
    i64 edges = 0;
    for (i64 i = 0; i < n; i++) {
        if (number[i] >= BLANK) continue;
        key[edges] = first_key + number[i];
        row[edges++] = first_row + (u32)i;
    }
    return edges;
}

/* The people of the rows, by what became of these; `kept` and the others are sets of people, a bit for each. */
EXPORT void ndoo_key_seen(const u32 *person, const u8 *row, i64 n, u8 removed_from, u8 *kept, u8 *removed, u8 *held) {
    for (i64 i = 0; i < n; i++) {
        if (person[i] == NOBODY) continue;
        u8 level = row[i] & LEVEL, *set = level == 0 ? kept : level >= removed_from ? removed : held;
        set[person[i] >> 3] |= (u8)(1 << (person[i] & 7));
    }
}

/* ---- keys that nobody declared ------------------------------------------------------------------ */

/* A cell laid bare: its letters and digits in lower case and its points, whatever stands around and between them; leading
 * zeros and a fraction of zeros left out, so that `P-0017`, `p17` and 17.0 beside 17 are what a person would call the same. */
#define LONGEST 48

static u64 folded(u64 a, u64 b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (u64)product ^ (u64)(product >> 64);
}

/* Of `n` bytes; `text` has room for eight more, which are overwritten. */
static u64 hashed(u8 *text, i64 n, const u64 *secret) {
    u64 h = secret[0], nothing = 0;
    __builtin_memcpy(text + n, &nothing, 8);
    for (i64 at = 0; at < n; at += 8) {
        u64 word;
        __builtin_memcpy(&word, text + at, 8);
        h = folded(h ^ word ^ 0x9E3779B97F4A7C15u, secret[1] | 1);
    }
    h = folded(h ^ (u64)n ^ 0xD6E8FEB86659FD93u, (secret[0] ^ secret[1]) | 1);
    return h ? h : 1;
}

static int is_digit(u8 c) { return c >= '0' && c <= '9'; }
static int two(const u8 *p) { return (p[0] - '0') * 10 + p[1] - '0'; }
static int is_century(const u8 *p) { return two(p) == 19 || two(p) == 20; }
static int is_day_and_month(int day, int month) { return day >= 1 && day <= 31 && month >= 1 && month <= 12; }

/* 20240131 and what goes on behind it, or 31012024 (01312024). */
static int begins_as_date(const u8 *p, i64 n) {
    if (n < 8) return 0;
    for (int k = 0; k < 8; k++)
        if (!is_digit(p[k])) return 0;
    if (is_century(p) && is_day_and_month(two(p + 6), two(p + 4))) return 1;
    return n == 8 && is_century(p + 4) &&
           (is_day_and_month(two(p), two(p + 2)) || is_day_and_month(two(p + 2), two(p)));
}

/* A day says nothing, so few are there; a minute of ten years something. -1 for what is neither. */
static int bits_of_time(const u8 *p, i64 n) {
    if (!begins_as_date(p, n)) return -1;
    return n == 8 ? 0 : n >= 12 || p[8] == 't' ? 20 : -1;
}

static i64 without_fraction_of_zeros(const u8 *p, i64 n) {
    i64 point = 0;
    while (point < n && is_digit(p[point])) point++;
    if (point == 0 || point == n || p[point] != '.') return n;
    for (i64 at = point + 1; at < n; at++)
        if (p[at] != '0') return n;
    return point;
}

/* `plain`: a name for each cell laid bare; 0 for a blank, and for a text that is too long for a key. `core`: a name for its
 * digits alone, where letters stand before or behind them; else 0. `bits`: so many choices, as a power of two, such a text could
 * have been at least; a time has fewer than its digits, a day none, and letters count for nothing. Letters outside ASCII are left out. */
EXPORT void ndoo_key_plain(const u8 *buf, const i64 *begin, const i64 *end, i64 stride, i64 rows, const u64 *secret, u64 *plain,
                           u64 *core, u8 *bits) {
    for (i64 i = 0; i < rows; i++) {
        u8 bare[LONGEST + 9];
        const u8 *p = buf + begin[i * stride], *last = buf + end[i * stride];
        i64 n = 0, others = 0;
        for (; p < last && n <= LONGEST; p++) {
            u8 c = *p | (*p >= 'A' && *p <= 'Z' ? 0x20 : 0);
            int digit = is_digit(c), other = (c >= 'a' && c <= 'z') || c == '.';
            bare[n] = c;
            n += digit | other;
            others += other;
        }
        plain[i] = core[i] = bits[i] = 0;
        if (n > LONGEST || n == 0) continue;
        int time = bits_of_time(bare, n);
        if (!others) { /* digits alone */
            i64 zeros = 0;
            while (zeros + 1 < n && bare[zeros] == '0') zeros++;
            bits[i] = (u8)(time >= 0 ? time : (n - zeros) * 10 / 3);
            plain[i] = hashed(bare + zeros, n - zeros, secret);
            continue;
        }
        i64 whole = without_fraction_of_zeros(bare, n), kept = 0, run_at = 0, run = 0;
        int digits = 0, runs = 0, points = 0;
        for (i64 at = 0; at < whole; at++) {
            u8 before = kept ? bare[kept - 1] : 0;
            int starts = is_digit(bare[at]) && !is_digit(before);
            if (starts && before != '.' && bare[at] == '0' && at + 1 < whole && is_digit(bare[at + 1])) continue;
            if (starts) { runs++; run_at = kept; run = 0; }
            if (is_digit(bare[at])) { run++; digits++; }
            points += bare[at] == '.';
            bare[kept++] = bare[at];
        }
        bits[i] = (u8)(time >= 0 ? time : digits * 10 / 3);
        plain[i] = hashed(bare, kept, secret);
        if (runs == 1 && !points && run < kept) {
            for (i64 at = 0; at < run; at++) bare[at] = bare[run_at + at];
            core[i] = hashed(bare, run, secret);
        }
    }
}

/* One name for two columns side by side; 0 where one of them is blank. */
EXPORT void ndoo_key_paired(const u64 *one, const u64 *other, const u8 *one_bits, const u8 *other_bits, i64 rows, const u64 *secret,
                            u64 *name, u8 *bits) {
    for (i64 i = 0; i < rows; i++) {
        u64 both_there = one[i] && other[i] ? folded(one[i] ^ secret[0], other[i] ^ secret[1] ^ 0x9E3779B97F4A7C15u) | 1 : 0;
        int sum = one_bits[i] + other_bits[i];
        name[i] = both_there;
        bits[i] = (u8)(sum > 255 ? 255 : sum);
    }
}

/* Whose a row is, where it is one person's: a row of several says nothing of whose its values are. */
static u32 sole(u32 who) { return who == SEVERAL ? NOBODY : who; }

/* The distinct names below `limit`, each with how many cells have it, how many choices it could have been (`bits`), and whose
 * rows these are (`who`, with `row_who`; null where nobody asks). `count` holds how many such names there are, and how many
 * cells were no blank. Returns at which row it stopped because `full` names are in. */
EXPORT i64 ndoo_key_sample(u64 *slot, u32 *cells, u8 *wide, u32 *who, i64 mask, u64 limit, i64 full, i64 *count, const u64 *name,
                           const u8 *bits, const u32 *row_who, i64 first, i64 rows) {
    i64 i = first;
    for (; i < rows && count[0] < full; i++) {
        count[1] += name[i] != 0;
        if (!name[i] || name[i] >= limit) continue;
        i64 at = place(slot, mask, name[i]);
        if (!slot[at]) { slot[at] = name[i]; wide[at] = bits[i]; count[0]++; if (who) who[at] = NOBODY; }
        if (cells[at] != 0xFFFFFFFFu) cells[at]++;
        if (who) who[at] = either(who[at], sole(row_who[i]));
    }
    return i;
}

/* Which of the first `n` numbers were met, in how many rows (two at most are counted), and whose rows these are. */
EXPORT void ndoo_key_met(const u32 *number, i64 rows, const u32 *row_who, u32 n, u8 *times, u32 *who) {
    for (i64 i = 0; i < rows; i++) {
        u32 at = number[i];
        if (at >= n) continue;
        if (times[at] < 2) times[at]++;
        who[at] = either(who[at], sole(row_who[i]));
    }
}

/* Of values with these numbers, and so many cells each: how many were met, how many of these in one row or for one person, and
 * how many cells the latter have; into `out`. */
EXPORT void ndoo_key_overlap(const u32 *number, const u32 *cells, i64 values, u32 n, const u8 *times, const u32 *who, i64 *out) {
    out[0] = out[1] = out[2] = 0;
    for (i64 i = 0; i < values; i++) {
        if (number[i] >= n || !times[number[i]]) continue;
        int one = times[number[i]] == 1 || who[number[i]] != SEVERAL;
        out[0]++;
        out[1] += one;
        out[2] += one ? cells[i] : 0;
    }
}
