/* Which ten digits in a cell may be an NHS number, however they are disguised?
 *
 * Part of _kernel.c, which includes it after _undone.c. The Python side is numbers/sight.py; what each counter means stands
 * there too. Nothing is kept but counts, and which of some places each candidate falls on.
 *
 * A cell is cut at its letters (of ASCII). Between two letters, digits that few other characters part are a *chain* of groups.
 * Ten digits in a row of a chain are looked at where they begin and end with groups, or lie inside one long group:
 *
 * - ten digits that stand alone, or in a grouping that people and machines give an NHS number (3-3-4 above all), are a
 *   *candidate*: one that belongs to somebody withheld is no accident;
 * - all others (windows of longer numbers and of keys, odd groupings, cells side by side) are *windows*: one in eleven is
 *   valid by chance, so they are weighed by how many there are at the same position (upholding/other_cells/window_evidence.py).
 *
 * The same is done with each reading of the cell that _undone.c gives. */

enum seen {
    ROWS, FILLED, BYTES,               /* cells, those that are not blank, and their length */
    WHOLE, WHOLE_VALID, WHOLE_LIKELY, WHOLE_CHI, /* the cell is a candidate and nothing else */
    NINE, NINE_CHI,                    /* the cell is nine digits; with a 0 before them a CHI number */
    INSIDE, INSIDE_VALID, INSIDE_LIKELY, INSIDE_CHI, /* candidates among other text */
    FORMED, FORMED_VALID, NAMED_VALID, /* those of INSIDE that are written 3-3-4 or digit by digit; after the word NHS */
    HOLDING, AROUND,                   /* cells with a likely or named one inside; the letters and digits around it */
    POWERS,                            /* cells in scientific notation that has lost digits */
    DISGUISED,                         /* of WHOLE_VALID, those that are not in one of the plain forms */
    WHOLE_ENGLISH,                     /* of WHOLE_VALID, those in a range of England's, test numbers included */
    SEEN
};
enum { WEIGHED = 256 /* a power of two */ };
enum { LIKELY_RANGES = 3, PLACES_OF = 4096, PLACES_AT = 512, REGIONS = 1024, REGION_BITS = 20 };
static const u32 likely_from[LIKELY_RANGES] = {400000000u, 600000000u, 999000000u};
static const u32 likely_to[LIKELY_RANGES] = {499999999u, 799999999u, 999999999u};

typedef struct position {              /* where in the digits of a column's cells windows were looked at */
    u32 column, key;                   /* the column counted from 1; 0: this one is free */
    u32 span;                          /* cells side by side that the window lies in */
    u32 unused;
    i64 windows, valid;
    i64 withheld, unknown;             /* valid ones of people who are withheld, or not on the list of the allowed */
    double expected;                   /* how many would be withheld by chance */
    u64 met_valid[PLACES_AT / 64], met_other[PLACES_AT / 64]; /* the places that windows fell on */
} position;

typedef struct mention {               /* of one column */
    i64 candidates, valid;             /* whatever could be a number, and those that pass the check digit */
    i64 withheld;                      /* of people who are known to be withheld */
    i64 unknown, formed_unknown;       /* of people who are not on the list of the allowed; those written as people write them */
    i64 windows, windows_withheld;     /* ten digits by accident or not, at whatever position, and those of somebody withheld */
    double expected;                   /* how many of these would be so by chance */
} mention;

typedef struct {
    i64 count[SEEN];
    u64 met_valid[PLACES_OF / 64], met_other[PLACES_OF / 64]; /* the places that candidates fell on */
    const rules *unfit;                /* where given, only numbers of people who may not be released matter, */
    mention *into;                     /* and are counted here */
    position *positions;               /* room for what is weighed, or null; `room` is a power of two */
    i64 room;
    const float *density;              /* of each region of 2^20 people: how many of its ten-digit numbers are of somebody withheld */
    u32 column;                        /* of `positions`, counted from 1 */
    i64 hits;                          /* numbers of people who may not be released, wherever they were met */
    u32 reading, first_reading;        /* the latest, and the first of this cell */
    u64 weighed[WEIGHED];              /* windows that were weighed lately: what tells them apart, and in which reading */
} sight;

typedef struct { /* what was met in one reading of a cell */
    i64 inside, valid, likely, chi, formed, formed_valid, named, letters, spent;
    i32 first_valid, first_likely, first_chi, first_english;
} met;

static int a_day(u32 person) { /* does it begin with a date of birth, as CHI numbers do */
    u32 day = person / 10000000u, month = person / 100000u % 100u;
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

static int likely(u32 person) {
    for (int k = 0; k < LIKELY_RANGES; k++)
        if (person >= likely_from[k] && person <= likely_to[k]) return 1;
    return 0;
}

static int english(u32 person) { return person >= 900000000u || likely(person); }

/* Ten digits, each in a byte of its own, 0 to 9. */
static u8 judged_digits(const u8 *digit, u32 *person, u64 *value) {
    u64 d = 0;
    for (int k = 0; k < 8; k++) d |= (u64)digit[k] << (8 * k);
    u32 ninth = digit[8], tenth = digit[9];
    u64 odd = d & 0x00FF00FF00FF00FFu, even = d >> 8 & 0x00FF00FF00FF00FFu;
    u64 sum = (odd * 0x000A000800060004u >> 48) + (even * 0x0009000700050003u >> 48) + 2 * ninth + tenth;
    u64 v = odd * 10 + even;
    v = (v * 100 + (v >> 16)) & 0x0000FFFF0000FFFFu;
    v = (v * 10000 + (v >> 32)) & 0xFFFFFFFFu;
    u32 first_nine = (u32)v * 10 + ninth;
    *value = (u64)first_nine * 10 + tenth;
    return judged(first_nine, (u32)sum, d == ninth * 0x0101010101010101u && ninth == tenth, person);
}

static u8 judged_value(u64 value, u32 *person) {
    u8 digit[10];
    for (int k = 9; k >= 0; k--) { digit[k] = (u8)(value % 10); value /= 10; }
    return judged_digits(digit, person, &value);
}

/* ---- what is counted ---------------------------------------------------------------------------- */

enum { MAY_STAY, IS_UNKNOWN, IS_WITHHELD };

/* May somebody by this number be in what is released? A list of the allowed says nothing of numbers by chance, so those
 * that it does not hold count only where the register could know of them. */
static int fitness(const rules *r, u32 person) {
    if (r->dissent && (has(r->dissent, person) || has(r->unsettled, person))) return IS_WITHHELD;
    if (!r->list) return MAY_STAY;
    if (!r->list_allows) return has(r->list, person) ? IS_WITHHELD : MAY_STAY;
    if (r->disputed && has(r->disputed, person)) return IS_WITHHELD;
    if (has(r->list, person)) return MAY_STAY;
    if (r->asked && has(r->asked, person)) return IS_WITHHELD;
    return in_england(r, person) == VALID ? IS_UNKNOWN : MAY_STAY;
}

/* How many of the people in `bytes` bytes from place `from` of the sets on, which end in the same region of 2^20 people, are
 * withheld? */
EXPORT i64 ndoo_withheld(const rules *r, i64 from, i64 bytes) {
    i64 count = 0;
    for (i64 at = from; at < from + bytes; at += 8) {
        u64 listed = 0, dissents = 0;
        if (r->list && !r->list_allows) listed = *(const u64 *)(r->list + at);
        else if (r->list && r->asked) listed = *(const u64 *)(r->asked + at) & ~*(const u64 *)(r->list + at);
        if (r->dissent) dissents = *(const u64 *)(r->dissent + at) | *(const u64 *)(r->unsettled + at);
        if (listed | dissents) count += __builtin_popcountll(listed | dissents);
    }
    return count;
}

static u8 place(sight *s, u64 value, u32 *person) {
    u8 why = judged_value(value, person);
    if (s->unfit) {
        int fits = why == VALID ? fitness(s->unfit, *person) : MAY_STAY;
        s->into->candidates++;
        s->into->valid += why == VALID;
        s->into->withheld += fits == IS_WITHHELD;
        s->into->unknown += fits == IS_UNKNOWN;
        s->hits += fits != MAY_STAY;
        return why;
    }
    u32 at = (u32)(value * 0x9E3779B97F4A7C15u >> 52);
    u64 *met = why == VALID ? s->met_valid : s->met_other;
    met[at >> 6] |= (u64)1 << (at & 63);
    return why;
}

enum { TRIES = 24 };

static position *position_of(sight *s, u32 key) { /* null: there is no more room */
    if (!s->positions) return 0;
    u64 at = ((u64)s->column << 32 | key) * 0x9E3779B97F4A7C15u >> 32;
    for (int k = 0; k < TRIES; k++, at++) {
        position *here = s->positions + (at & (u64)(s->room - 1));
        if (!here->column) { here->column = s->column; here->key = key; }
        if (here->column == s->column && here->key == key) return here;
    }
    return 0;
}

/* Adds what was counted at positions elsewhere, `room` of them, to those of `s`, as far as there is room. */
EXPORT void ndoo_join_positions(sight *s, const position *more, i64 room) {
    for (const position *from = more; from < more + room; from++) {
        if (!from->column) continue;
        s->column = from->column;
        position *into = position_of(s, from->key);
        if (!into) continue;
        into->span = from->span;
        into->windows += from->windows;
        into->valid += from->valid;
        into->withheld += from->withheld;
        into->unknown += from->unknown;
        into->expected += from->expected;
        for (int k = 0; k < PLACES_AT / 64; k++) {
            into->met_valid[k] |= from->met_valid[k];
            into->met_other[k] |= from->met_other[k];
        }
    }
}

enum weight { FOR_EVIDENCE, FOR_SOMEBODY, FOR_ANYBODY };

/* Was it weighed in another reading of this cell? It is one window, however the cell is read. */
static int was_weighed(sight *s, u32 key, u64 value) {
    u64 mixed = (value ^ (u64)key << 34 ^ value >> 17) * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9u;
    u64 *here = s->weighed + (mixed & (WEIGHED - 1));
    u32 reading = (u32)*here;
    if ((*here ^ mixed) >> 32 == 0 && reading >= s->first_reading && reading < s->reading) return 1;
    *here = mixed >> 32 << 32 | s->reading;
    return 0;
}

/* Ten digits at a position: evidence for it and, if asked for, the number of somebody withheld, or of whom nobody knows. */
static void weigh(sight *s, u32 key, const u8 *digit, enum weight weight, u32 span) {
    u32 person = NOBODY;
    u64 value;
    int valid = judged_digits(digit, &person, &value) == VALID;
    if (was_weighed(s, key, value)) return;
    position *here = position_of(s, key);
    if (here) {
        u64 mixed = (value ^ value >> 17) * 0x9E3779B97F4A7C15u;
        u32 at = (u32)((mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9u >> 55);
        u64 *met = valid ? here->met_valid : here->met_other;
        met[at >> 6] |= (u64)1 << (at & 63);
        here->windows++;
        here->valid += valid;
        here->span = span;
    }
    if (!s->unfit || weight == FOR_EVIDENCE) return;
    double expected = s->density[(u32)(value / 10) >> REGION_BITS];
    s->into->windows++;
    s->into->expected += expected;
    if (here) here->expected += expected;
    if (!valid) return;
    int fits = fitness(s->unfit, person);
    s->into->windows_withheld += fits == IS_WITHHELD;
    s->hits += fits == IS_WITHHELD || (weight == FOR_ANYBODY && fits == IS_UNKNOWN);
    if (here) {
        here->withheld += fits == IS_WITHHELD;
        here->unknown += weight == FOR_ANYBODY && fits == IS_UNKNOWN;
    }
}

/* Which of the rows first, first + 1, … are in a random sample of `share` / 2^64 of all? Their places, counted from
 * `first`, go to `out`; returns how many. The same row is always in the sample, or never. */
EXPORT i64 ndoo_sampled(i64 first, i64 rows, u64 share, u64 seed, u32 *out, u64 *rank) {
    i64 n = 0;
    for (i64 i = 0; i < rows; i++) {
        u64 z = (u64)(first + i) * 0x9E3779B97F4A7C15u + seed;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        z ^= z >> 31;
        if (z > share) continue;
        rank[n] = z;
        out[n++] = (u32)i;
    }
    return n;
}
