/* Which rows lead to which? The keys of linked tables as names of 64 bits, an index of them, and what is known of each.
 *
 * Freestanding C11, loaded with ctypes. Every function works in the buffers that its caller hands it: nothing is
 * allocated and nothing is kept. The Python side (key_kernel.py) is the only caller; the reference engine
 * (upholding/linked/reference.py) says what is right.
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
