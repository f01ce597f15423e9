/* Type 1: coded entries of the GP record, and what they come to. A part of _kernel.c.
 *
 * What a cell says is decided by `type1/code_cell.py` and `type1/day_cell.py`, and nowhere else. Here every different text is met
 * once, asked about, and remembered; only a day such as 2026-11-20 is read here. No text of which nothing is known is passed over:
 * the function stops at it and asks. */

#define PIECE 256
#define LONGEST_TEXT 4096 /* no code and no day is longer; what is, is held */
enum says { DISSENT = 1, WITHDRAWN = 2, TYPE2 = 4 };
enum mark { DAMAGED = 1 /* was arithmetic once: digits are lost */, UNCONFIRMED = 2 /* a withdrawal, by a code nobody confirmed */,
            BLANK = 4 /* a word for none */, SCHEME = 4 /* shifted by the scheme of a code that is sure, 1 to 3 */,
            WITHOUT = 128 /* of a row: it has a day and no code */ };
enum question { ASK_NOTHING = 0, ASK_CODE = 1, ASK_DAY = 2, ASK_BESIDE = 3 };
enum standing { STRUCK_OUT = 1, UNCLEAR = 2 };
enum order { DAY_FIRST = 1, MONTH_FIRST = 2 };
enum count { ENTRIES, DISSENTS, WITHDRAWALS, TYPE2S, TYPE2S_TOO_LATE, NEAR_MISSES, DAMAGED_CODES, HELD_BY_NUMBER = 8 /* plus the reason */,
             UNDATED_DAY = 13, UNREADABLE_DAY, FUTURE_DAY, OTHER_SCHEME, UNCONFIRMED_CODE, OF_NOBODY, NEW_PEOPLE, FIRST_DAMAGED,
             TYPE2_PEOPLE, UNCLEAR_CODE, AMBIGUOUS_DAY, CASE_CHANGED, WITHOUT_CODE,
             OPT_OUT_BESIDE, STRUCK_OUT_ENTRY, UNCLEAR_STANDING };
#define UNDATED INT32_MIN
#define UNREADABLE (INT32_MIN + 1)

typedef struct { /* one column of cells: cell i lies in buf from begin[i * stride] to end[i * stride] */
    const u8 *buf;
    const i64 *begin, *end;
    i64 stride;
    i32 csv; /* outer quotes are syntax */
} cells;

typedef struct { /* one way of naming a scheme; `scheme` counts from 1 */
    const u8 *text;
    i32 length, scheme;
} spelling;

typedef struct { /* what one text says */
    u64 head, end;     /* its first and its last bytes: all of it, where it is no longer than 16 */
    u32 at;            /* where it stands in `texts` */
    i32 used;          /* its length plus 1; 0: there is nothing here */
    u8 sure, maybe;    /* a code: what it says, and what it may say (enum says) */
    u8 near, marks;    /* it says this but for its case; enum mark */
    i32 first, second; /* a day: read with the day first, and with the month first */
} text_answer;

typedef struct {
    text_answer *slots;
    u8 *texts;
    i64 places, room; /* slots, a power of two; bytes of `texts` */
    i64 count, used;
} text_memory;

typedef struct { /* a column beside the code; of its answers `maybe` is what it says of a Type 1, `marks` of the entry (enum standing) */
    text_memory known;
    i32 blank, unread; /* what a blank cell says, and one too long to be read: of a Type 1 in the low byte, of the entry in the next */
} beside_column;

typedef struct { /* an entry that can be settled once the whole source is known */
    u32 person;
    i32 first, second;
    u8 says, marks, why, near; /* near: its code is ours but for its case; else its day has two readings */
} pending_entry;

typedef struct { /* an entry under a number that cannot be read */
    i64 row;
    i64 says;
} stray_entry;

typedef struct {
    text_memory *codes, *days;
    const spelling *schemes;
    pending_entry *pended;
    stray_entry *strays;
    const u8 *asked; /* out: the text that is not known yet */
    beside_column *beside;
    i64 asked_length, pending_count, stray_count;
    i32 question, scheme_count, beside_count, asked_column; /* out: of the columns beside the code, the one whose text is asked about */
    i32 earliest, today, type2_end; /* days since 1970 */
    i32 orders;                     /* out: which orders of day and month the column shows (enum order) */
    uint16_t *latest; /* of each person: 0, or twice the last day's number (`earliest` is day 1), plus 1 on dissent */
    u8 *people, *open_dissent, *open_withdrawal, *type2; /* open: an entry that was held */
} reckoning;

static void bare_cell(const cells *c, i64 i, const u8 **p, i64 *n) {
    *p = c->buf + c->begin[i * c->stride];
    *n = c->end[i * c->stride] - c->begin[i * c->stride];
    trim(p, n);
    if (c->csv && *n >= 2 && **p == '"' && (*p)[*n - 1] == '"') { (*p)++; *n -= 2; trim(p, n); }
}

/* ---- texts that are known ---------------------------------------------------------------------- */

static u64 eight_bytes(const u8 *p) {
    u64 v;
    __builtin_memcpy(&v, p, 8);
    return v;
}

static u64 four_bytes(const u8 *p) {
    u32 v;
    __builtin_memcpy(&v, p, 4);
    return v;
}

/* The first and the last bytes of a text, which overlap where it is short; it is not empty. */
static void ends_of(const u8 *p, i64 n, u64 *head, u64 *end) {
    *end = 0;
    if (n >= 8) { *head = eight_bytes(p); *end = eight_bytes(p + n - 8); }
    else if (n >= 4) *head = four_bytes(p) | four_bytes(p + n - 4) << 32;
    else *head = (u64)p[0] | (u64)p[n / 2] << 8 | (u64)p[n - 1] << 16;
}

static u64 hash_of(const u8 *p, i64 n, u64 head, u64 end) {
    u64 h = (head ^ (end << 32 | end >> 32) ^ (u64)n) * 0x9E3779B97F4A7C15u;
    for (i64 k = 8; k + 8 < n; k += 8) h = (h ^ h >> 32 ^ eight_bytes(p + k)) * 0x9E3779B97F4A7C15u;
    return h >> 32;
}

static int same_within(const u8 *p, const u8 *q, i64 n) { /* what lies between the ends of two texts */
    for (i64 k = 8; k + 8 < n; k += 8)
        if (eight_bytes(p + k) != eight_bytes(q + k)) return 0;
    return 1;
}

static text_answer *known_text(const text_memory *m, const u8 *p, i64 n) {
    u64 head, end;
    ends_of(p, n, &head, &end);
    for (i64 k = (i64)hash_of(p, n, head, end) & (m->places - 1);; k = (k + 1) & (m->places - 1)) {
        text_answer *s = m->slots + k;
        if (!s->used) return NULL;
        if (s->head == head && s->end == end && s->used == n + 1 && same_within(m->texts + s->at, p, n)) return s;
    }
}

EXPORT void ndoo_forget(text_memory *m) {
    for (i64 k = 0; k < m->places; k++) m->slots[k].used = 0;
    m->count = m->used = 0;
}

/* Remembers what a text says; where there is no more room, everything else is forgotten and will be asked again. */
EXPORT void ndoo_learn(text_memory *m, const u8 *text, i64 n, const text_answer *says) {
    if (2 * m->count >= m->places || m->used + n > m->room) ndoo_forget(m);
    u64 head, end;
    ends_of(text, n, &head, &end);
    i64 k = (i64)hash_of(text, n, head, end) & (m->places - 1);
    while (m->slots[k].used) k = (k + 1) & (m->places - 1);
    m->slots[k] = *says;
    m->slots[k].head = head;
    m->slots[k].end = end;
    m->slots[k].at = (u32)m->used;
    m->slots[k].used = (i32)n + 1;
    __builtin_memcpy(m->texts + m->used, text, (size_t)n);
    m->used += n;
    m->count++;
}

/* ---- schemes and days -------------------------------------------------------------------------- */

static u8 folded(u8 c) { return c >= 'A' && c <= 'Z' ? (u8)(c + 32) : c; }

/* 0: none is said. -1: none that is known. */
static i32 scheme_of(const reckoning *r, const cells *c, i64 i) {
    const u8 *p;
    i64 n;
    bare_cell(c, i, &p, &n);
    if (!n) return 0;
    for (i32 k = 0; k < r->scheme_count; k++) {
        const spelling *s = r->schemes + k;
        i64 at = 0;
        while (n == s->length && at < n && folded(p[at]) == s->text[at]) at++;
        if (at == n) return s->scheme;
    }
    return -1;
}

static int two_digits(const u8 *p) { return (p[0] - '0') * 10 + (p[1] - '0'); }

/* 2026-11-20, alone or before a time without a zone; days since 1970 in the Gregorian calendar. UNREADABLE: written in another
 * way, or no day. */
static i32 plain_day(const u8 *p, i64 n) {
    if (n < 10 || (n > 10 && p[10] != 'T' && p[10] != ' ')) return UNREADABLE;
    for (i64 k = 11; k < n; k++)
        if (p[k] != ':' && p[k] != '.' && (p[k] < '0' || p[k] > '9')) return UNREADABLE; /* with a zone, or with words */
    for (int k = 0; k < 10; k++)
        if (k == 4 || k == 7 ? p[k] != '-' : (p[k] < '0' || p[k] > '9')) return UNREADABLE;
    i32 year = two_digits(p) * 100 + two_digits(p + 2), month = two_digits(p + 5), day = two_digits(p + 8);
    static const u8 length[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year == 0 || month < 1 || month > 12 || day < 1 || day > length[month] || (month == 2 && day == 29 && !leap))
        return UNREADABLE;
    i32 y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    i32 of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The readings of a day; 0 where its text is not known yet, which is then asked about. */
static int day_of(reckoning *r, const cells *c, i64 i, i32 *first, i32 *second) {
    const u8 *p;
    i64 n;
    bare_cell(c, i, &p, &n);
    *first = *second = n > LONGEST_TEXT ? UNREADABLE : n ? plain_day(p, n) : UNDATED;
    if (*first != UNREADABLE || n > LONGEST_TEXT) return 1;
    const text_answer *a = known_text(r->days, p, n);
    if (!a) { r->question = ASK_DAY; r->asked = p; r->asked_length = n; return 0; }
    *first = a->first;
    *second = a->second;
    return 1;
}

static i32 day_part(const u8 *p, i64 n, i64 *at) { /* a number of one or two digits; 0 for none */
    i32 value = 0, digits = 0;
    for (; *at < n && p[*at] >= '0' && p[*at] <= '9' && digits < 2; (*at)++, digits++) value = value * 10 + p[*at] - '0';
    return value;
}

/* Which order of day and month a date shows by itself: 25/12/2021 and 12/25/2021 do, 01/02/2021 does not. */
static i32 order_of(const u8 *p, i64 n) {
    if (n < 8 || p[0] < '0' || p[0] > '9') return 0;
    i64 at = 0;
    i32 one = day_part(p, n, &at);
    u8 between = at < n ? p[at] : 0;
    if (between != '/' && between != '.' && between != '-' && between != ' ') return 0;
    at++;
    i32 other = day_part(p, n, &at);
    if (at >= n || p[at] != between) return 0;
    at++;
    for (i64 k = at; k < at + 4; k++)
        if (k >= n || p[k] < '0' || p[k] > '9') return 0;
    at += 4;
    if (at < n && p[at] != ' ' && p[at] != 'T') return 0;
    if (one > 12 && one <= 31 && other && other <= 12) return DAY_FIRST;
    return other > 12 && other <= 31 && one && one <= 12 ? MONTH_FIRST : 0;
}

/* ---- entries ----------------------------------------------------------------------------------- */

static void set_bit(u8 *bits, u32 person) { bits[person >> 3] |= (u8)(1 << (person & 7)); }

static void hold_entry(const reckoning *r, u32 person, u8 says, int reason, i64 *tally) {
    tally[reason]++;
    set_bit(says & DISSENT ? r->open_dissent : r->open_withdrawal, person);
}

/* An entry whose code and person are known, on a day. */
static void settle_entry(const reckoning *r, u32 person, u8 says, u8 marks, i32 day, i64 *tally) {
    int held = day == UNREADABLE ? UNREADABLE_DAY
        : day < r->earliest ? UNDATED_DAY /* none, or one that a system writes where it has none */
        : day > r->today ? FUTURE_DAY
        : marks & UNCONFIRMED ? UNCONFIRMED_CODE : 0;
    if (held) { hold_entry(r, person, says, held, tally); return; }
    tally[says == DISSENT ? DISSENTS : WITHDRAWALS]++;
    uint16_t state = (uint16_t)(2 * (day - r->earliest + 1) + (says == DISSENT));
    if (state > r->latest[person]) r->latest[person] = state;
}

static int is_one_bit(u8 bits) { return bits && !(bits & (bits - 1)); }

/* What the columns beside the code say in row i: of a Type 1 in the low byte, of the entry in the next; -1 where a text is not known
 * yet, which is then asked about. */
static i32 beside_of(reckoning *r, const cells *columns, i64 i) {
    i32 says = 0;
    for (i32 k = 0; k < r->beside_count; k++) {
        const beside_column *b = r->beside + k;
        const u8 *p;
        i64 n;
        bare_cell(columns + k, i, &p, &n);
        if (!n) { says |= b->blank; continue; }
        if (n > LONGEST_TEXT) { says |= b->unread; continue; }
        const text_answer *a = known_text(&b->known, p, n);
        if (!a) { r->question = ASK_BESIDE; r->asked_column = k; r->asked = p; r->asked_length = n; return -1; }
        says |= a->maybe | a->marks << 8;
    }
    return says;
}

/* Takes in the rows from `from` on, whose order changes nothing; returns the row at which it stopped to ask (`question`), or
 * `rows`. `codes`: as many columns as hold codes, and behind them those beside the code; a row says what any of them says. tally: see
 * `count`. */
EXPORT i64 ndoo_coded_entries(reckoning *r, const cells *number, const cells *codes, i32 code_count, const cells *date,
                              const cells *scheme, i64 from, i64 rows, i64 *tally) {
    u32 person[PIECE], said[PIECE]; /* the four bytes of the answers, sure to marks */
    i32 beside[PIECE];
    u8 why[PIECE];
    r->question = ASK_NOTHING;
    for (i64 base = from; base < rows; base += PIECE) {
        i64 n = rows - base < PIECE ? rows - base : PIECE;
        for (i64 i = 0; i < n; i++) {
            const u8 *p;
            i64 length, at = (base + i) * number->stride;
            i32 blanks = 0;
            why[i] = read_cell(number->buf + number->begin[at], number->end[at] - number->begin[at], number->csv, person + i);
            if (why[i] == VALID) {
                __builtin_prefetch(r->people + (person[i] >> 3), 1);
                __builtin_prefetch(r->latest + person[i], 1);
            }
            said[i] = 0;
            for (i32 k = 0; k < code_count; k++) {
                bare_cell(codes + k, base + i, &p, &length);
                if (!length) { blanks++; continue; }
                if (length > LONGEST_TEXT) { said[i] |= (DISSENT | WITHDRAWN) << 8; continue; }
                const text_answer *a = known_text(r->codes, p, length);
                if (!a) { r->question = ASK_CODE; r->asked = p; r->asked_length = length; n = i; break; }
                said[i] |= (u32)a->sure | (u32)a->maybe << 8 | (u32)a->near << 16 | (u32)a->marks << 24;
                blanks += a->marks & BLANK ? 1 : 0;
            }
            if (i == n) break;
            if ((beside[i] = beside_of(r, codes + code_count, base + i)) < 0) { n = i; break; }
            at = (base + i) * date->stride;
            p = date->buf + date->begin[at];
            length = date->end[at] - date->begin[at];
            if (length < 10 || p[4] != '-' || p[7] != '-') {
                bare_cell(date, base + i, &p, &length);
                r->orders |= order_of(p, length);
            }
            if (blanks == code_count && length) said[i] |= (u32)WITHOUT << 24;
        }
        for (i64 i = 0; i < n; i++) {
            if (why[i] == VALID && !has(r->people, person[i])) { set_bit(r->people, person[i]); tally[NEW_PEOPLE]++; }
            u8 flag = (u8)beside[i], standing = (u8)(beside[i] >> 8);
            if (!said[i] && !flag) continue;
            u8 sure = (u8)said[i], maybe = (u8)(said[i] >> 8), near = (u8)(said[i] >> 16), marks = (u8)(said[i] >> 24);
            u8 all = sure | maybe;
            if (all || flag) all |= near;
            flag &= (u8)~all;
            all |= flag;
            i32 first, second;
            if (marks & DAMAGED) {
                if (!tally[DAMAGED_CODES]++) tally[FIRST_DAMAGED] = tally[ENTRIES] + base - from + i + 1;
                continue;
            }
            if (!all) {
                tally[WITHOUT_CODE] += marks & WITHOUT ? 1 : 0;
                if (!near) continue;
                tally[NEAR_MISSES]++;
                if (near != TYPE2)
                    r->pended[r->pending_count++] = (pending_entry){person[i], 0, 0, near, 0, why[i], 1};
                continue;
            }
            if (all == TYPE2) {
                if (!day_of(r, date, base + i, &first, &second)) { n = i; break; }
                tally[TYPE2S]++;
                tally[TYPE2S_TOO_LATE] += first > r->type2_end && second > r->type2_end;
                if (why[i] == VALID && !has(r->type2, person[i])) { set_bit(r->type2, person[i]); tally[TYPE2_PEOPLE]++; }
                continue;
            }
            if (why[i] != VALID) {
                tally[HELD_BY_NUMBER + why[i]]++;
                tally[OF_NOBODY] += all & DISSENT;
                if (why[i] != MISSING) r->strays[r->stray_count++] = (stray_entry){base + i, all};
                continue;
            }
            if (flag) { hold_entry(r, person[i], all, OPT_OUT_BESIDE, tally); continue; }
            if (standing) {
                hold_entry(r, person[i], all, standing & STRUCK_OUT ? STRUCK_OUT_ENTRY : UNCLEAR_STANDING, tally);
                continue;
            }
            if (!is_one_bit(sure) || all & ~sure) { hold_entry(r, person[i], all, UNCLEAR_CODE, tally); continue; }
            i32 named = scheme ? scheme_of(r, scheme, base + i) : 0;
            if (named && (named < 0 || !(marks & SCHEME << named))) { hold_entry(r, person[i], all, OTHER_SCHEME, tally); continue; }
            if (!day_of(r, date, base + i, &first, &second)) { n = i; break; }
            if (first == second) settle_entry(r, person[i], all, marks, first, tally);
            else r->pended[r->pending_count++] = (pending_entry){person[i], first, second, all, marks, VALID, 0};
        }
        if (r->question) { tally[ENTRIES] += base + n - from; return base + n; }
    }
    tally[ENTRIES] += rows - from;
    return rows;
}

/* What had to wait for the end of its source. `order`: of day and month, 0 where nobody can say. `cased`: the source's codes
 * have kept their case, so that one which is ours but for its case is another. */
EXPORT void ndoo_end_source(reckoning *r, i32 order, i32 cased, i64 *tally) {
    for (i64 k = 0; k < r->pending_count; k++) {
        const pending_entry *e = r->pended + k;
        if (e->near) {
            if (cased) continue;
            if (e->why == VALID) { hold_entry(r, e->person, e->says, CASE_CHANGED, tally); continue; }
            tally[HELD_BY_NUMBER + e->why]++;
            tally[OF_NOBODY] += e->says & DISSENT;
        } else if (order) settle_entry(r, e->person, e->says, e->marks, order == DAY_FIRST ? e->first : e->second, tally);
        else hold_entry(r, e->person, e->says, AMBIGUOUS_DAY, tally);
    }
    r->pending_count = 0;
    r->orders = 0;
}

/* Another source's entries: where the two disagree, dissent stands. Returns the people on whom they disagree. */
EXPORT i64 ndoo_join(uint16_t *latest, const uint16_t *other, const u64 *people, i64 bytes, u8 *disagreed) {
    i64 count = 0;
    for (i64 i = 0; i < bytes / 8; i++)
        for (u64 w = people[i]; w; w &= w - 1) {
            u32 who = (u32)(i * 64 + __builtin_ctzll(w));
            uint16_t a = latest[who], b = other[who];
            if (a && b && (a & 1) != (b & 1)) {
                count += !has(disagreed, who);
                set_bit(disagreed, who);
                latest[who] = a & 1 ? a : b;
            } else if (b > a) latest[who] = b;
        }
    return count;
}

static int status_of(const reckoning *r, u32 who) { /* 0 not recorded, 1 dissent, 2 withdrawn, 3 held */
    uint16_t state = r->latest[who];
    if (state & 1) return 1;
    if (has(r->open_dissent, who) || (!state && has(r->open_withdrawal, who))) return 3;
    return state ? 2 : 0;
}

/* The people by status, and who dissents and who is held. */
EXPORT void ndoo_settle(const reckoning *r, i64 bytes, u8 *dissent, u8 *unsettled, i64 *tally) {
    const u64 *people = (const u64 *)(const void *)r->people;
    for (i64 i = 0; i < bytes / 8; i++)
        for (u64 w = people[i]; w; w &= w - 1) {
            u32 who = (u32)(i * 64 + __builtin_ctzll(w));
            int status = status_of(r, who);
            tally[status]++;
            if (status == 1) set_bit(dissent, who);
            if (status == 3) set_bit(unsettled, who);
        }
}

static void digits(u8 *out, i64 value, int count) {
    while (count--) { out[count] = (u8)('0' + value % 10); value /= 10; }
}

static i64 put_day(u8 *out, i32 day) {
    i32 z = day + 719468, era = z / 146097, of_era = z - era * 146097;
    i32 year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    i32 of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), mp = (5 * of_year + 2) / 153;
    i32 month = mp < 10 ? mp + 3 : mp - 9;
    digits(out, year_of_era + era * 400 + (month <= 2), 4);
    digits(out + 5, month, 2);
    digits(out + 8, of_year - (153 * mp + 2) / 5 + 1, 2);
    out[4] = out[7] = '-';
    return 10;
}

/* One line a person, `nhs_number,status,since`, from person *from on, in ascending order, while there is room; *from is
 * where to go on, 10^9 at the end. Returns the bytes written. */
EXPORT i64 ndoo_status_lines(const reckoning *r, u32 *from, u8 *out, i64 room) {
    static const char *const words[4] = {"not_recorded", "dissent", "withdrawn", "held"};
    const u64 *people = (const u64 *)(const void *)r->people;
    i64 used = 0;
    u32 who = *from;
    for (; who < 1000000000u && used + 40 <= room; who++) {
        if (!(who & 63) && !people[who >> 6]) { who += 63; continue; }
        if (!has(r->people, who)) continue;
        u32 sum = 0, rest = who;
        for (u32 weight = 2; weight <= 10; weight++) { sum += rest % 10 * weight; rest /= 10; }
        digits(out + used, who, 9);
        out[used + 9] = (u8)('0' + (11 - sum % 11) % 11);
        out[used + 10] = ',';
        used += 11;
        int status = status_of(r, who);
        for (const char *c = words[status]; *c; c++) out[used++] = (u8)*c;
        out[used++] = ',';
        if (status == 1 || status == 2) used += put_day(out + used, r->latest[who] / 2 - 1 + r->earliest);
        out[used++] = '\n';
    }
    *from = who;
    return used;
}
