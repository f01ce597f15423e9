/* Which ten digits in a cell may be an NHS number, however they are disguised?
 *
 * Part of _kernel.c, which includes it. A cell is read as a stream of symbols: digits of any script, separators, letters,
 * the rest. Digits that separators join are a chain of groups; the last groups of a chain that have ten digits together,
 * in a grouping that people or machines write, are a candidate. The Python side is numbers/sight.py; what each counter
 * means stands there too. Nothing is kept but counts, and which of 4096 places each candidate falls on. */

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
enum { LIKELY_RANGES = 3, PLACES_OF = 4096, MOST_GROUPS = 12 };
static const u32 likely_from[LIKELY_RANGES] = {400000000u, 600000000u, 999000000u};
static const u32 likely_to[LIKELY_RANGES] = {499999999u, 799999999u, 999999999u};

typedef struct {
    i64 count[SEEN];
    u64 met_valid[PLACES_OF / 64], met_other[PLACES_OF / 64]; /* the places that candidates fell on */
    const rules *unfit;                /* where given, only numbers of people who may not be released matter, */
    struct mention *into;              /* and are counted here */
} sight;

typedef struct mention {               /* of one column */
    i64 candidates, valid;             /* whatever could be a number, and those that pass the check digit */
    i64 withheld;                      /* of people who are known to be withheld */
    i64 unknown, formed_unknown;       /* of people who are not on the list of the allowed; those written as people write them */
} mention;

enum { LETTER = 'a', STRANGE = '?', MARKUP = '<', UNSEEN = 0 };

typedef struct { /* what was met in one cell */
    i64 inside, valid, likely, chi, formed, formed_valid, named, letters, spent;
    i32 first_valid, first_likely, first_chi, first_english;
} met;

typedef struct {
    sight *s;
    met m;
    u64 value;                         /* of the chain, its last ten digits */
    i32 groups, run, gap, zeros;       /* groups closed; digits of the open one; separators since the last one */
    u8 length[MOST_GROUPS], before[MOST_GROUPS];
    u8 between, joined, letters, open_between, pending_named;
    u8 dialled;                        /* the chain began with a +, as a telephone number abroad does */
    u32 last;                          /* the symbol before */
    i32 runs;                          /* of digits, so far, among these letters and digits without anything between them */
    i32 named;                         /* symbols for which the word NHS still counts as just said */
    u32 recent;
    u64 pending;                       /* ten bare digits, until it is known that no decimals follow */
    i32 waits;
} walk;

static int a_day(u32 person) { /* does it begin with a date of birth, as CHI numbers do */
    u32 day = person / 10000000u, month = person / 100000u % 100u;
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

static u8 judged_value(u64 value, u32 *person) {
    u32 sum = 0, alike = 1;
    u64 rest = value;
    for (u32 weight = 1; weight <= 10; weight++, rest /= 10) {
        sum += (u32)(rest % 10) * weight;
        alike &= rest % 10 == value % 10;
    }
    return judged((u32)(value / 10), sum, alike, person);
}

static int likely(u32 person) {
    for (int k = 0; k < LIKELY_RANGES; k++)
        if (person >= likely_from[k] && person <= likely_to[k]) return 1;
    return 0;
}

static int english(u32 person) { return person >= 900000000u || likely(person); }

enum { MAY_STAY, IS_UNKNOWN, IS_WITHHELD };

/* May somebody by this number be in what is released? A list of the allowed says nothing of numbers by chance, so those
 * that it does not hold count only where the register could know of them. */
static int fitness(const rules *r, u32 person) {
    if (r->dissent && (has(r->dissent, person) || has(r->unsettled, person))) return IS_WITHHELD;
    if (!r->list) return MAY_STAY;
    if (!r->list_allows) return has(r->list, person) ? IS_WITHHELD : MAY_STAY;
    if (has(r->list, person)) return MAY_STAY;
    if (r->asked && has(r->asked, person)) return IS_WITHHELD;
    return in_england(r, person) == VALID ? IS_UNKNOWN : MAY_STAY;
}

static u8 place(sight *s, u64 value, u32 *person) {
    u8 why = judged_value(value, person);
    if (s->unfit) {
        int fits = why == VALID ? fitness(s->unfit, *person) : MAY_STAY;
        s->into->candidates++;
        s->into->valid += why == VALID;
        s->into->withheld += fits == IS_WITHHELD;
        s->into->unknown += fits == IS_UNKNOWN;
        return why;
    }
    u32 at = (u32)(value * 0x9E3779B97F4A7C15u >> 52);
    u64 *met = why == VALID ? s->met_valid : s->met_other;
    met[at >> 6] |= (u64)1 << (at & 63);
    return why;
}

static void commit(walk *w, u64 value, int formed, int named) {
    u32 person = NOBODY;
    int valid = place(w->s, value, &person) == VALID, fits = valid && likely(person), chi = valid && a_day(person);
    met *m = &w->m;
    if (!m->inside) { m->first_valid = valid; m->first_likely = fits; m->first_chi = chi; m->first_english = valid && english(person); }
    m->inside++;
    m->valid += valid;
    m->likely += fits;
    m->chi += chi;
    m->formed += formed;
    m->formed_valid += formed && valid;
    if (w->s->unfit && formed && valid) w->s->into->formed_unknown += fitness(w->s->unfit, person) == IS_UNKNOWN;
    m->named += named && valid;
    m->spent += 10;
    if (valid) w->groups = 0;
}

static void settle(walk *w, int dropped) {
    if (w->waits && !dropped) {
        i32 groups = w->groups;
        commit(w, w->pending, 0, w->pending_named);
        w->groups = groups; /* it was closed before: what follows has its own say */
    }
    w->waits = 0;
}

/* Which groupings of ten digits do people or machines write? `k` groups, the last ones of the chain. */
static int grouping(const walk *w, i32 k, int *formed) {
    const u8 *length = w->length + w->groups - k, *before = w->before + w->groups - k;
    int same = 1, all_markup = 1, ones = 1;
    for (i32 g = 1; g < k; g++) { same &= before[g] == before[1]; all_markup &= before[g] == MARKUP; }
    for (i32 g = 0; g < k; g++) ones &= length[g] == 1;
    int threes = k == 3 && length[0] == 3 && length[1] == 3 && length[2] == 4;
    *formed = (threes && before[1] != ',') || (ones && same);
    if (*formed || all_markup) return 1;
    if (!same) return 0;
    if (before[1] == ',') return k == 4 && length[0] == 1 && length[1] == 3 && length[2] == 3;
    if (before[1] == '.') return 0; /* a fraction with nine decimals */
    if (k == 2) return 1;
    return k == 3 || (k == 5 && length[0] == 2 && length[1] == 2 && length[2] == 2 && length[3] == 2);
}

static void close_group(walk *w, int letter_follows) {
    i32 run = w->run;
    u8 how = w->open_between;
    /* letters and digits by turns are a key or a digest, and ten digits in one are nobody's number */
    int keyed = w->s->unfit && w->runs++ && !w->named;
    w->run = 0;
    settle(w, (how == '.' && w->waits && !w->zeros) || (keyed && !w->pending_named));
    if (keyed && run == 10) { w->groups = 0; return; }
    if (how == '.' && w->zeros && w->m.inside) w->m.spent += run; /* 9434765919.0, which a blank cell made a fraction */
    w->gap = 0;
    w->between = 0;
    if (run > 10) { w->groups = 0; return; }
    if (w->groups == MOST_GROUPS) {
        for (i32 g = 1; g < MOST_GROUPS; g++) { w->length[g - 1] = w->length[g]; w->before[g - 1] = w->before[g]; }
        w->groups--;
    }
    w->length[w->groups] = (u8)run;
    w->before[w->groups++] = how;
    i32 total = 0, k = 0;
    while (k < w->groups && total < 10) total += w->length[w->groups - ++k];
    if (total != 10) return;
    if (k == 1) {
        if (how == '.') return; /* the decimals of a fraction */
        if (!w->named && (w->joined > 8 || (w->joined && letter_follows))) return; /* part of a digest or a key */
        w->pending = w->value;
        w->pending_named = w->named > 0;
        w->waits = 1;
        return;
    }
    int formed = 0;
    if (!grouping(w, k, &formed)) return;
    /* of a telephone number, the last ten digits are no candidate when it is known whose numbers matter */
    if (formed || !(w->s->unfit && w->dialled && k < w->groups)) commit(w, w->value, formed, w->named > 0);
}

static void symbol(walk *w, u32 c) {
    if (c == UNSEEN) return;
    u32 previous = w->last;
    w->last = c;
    if (c <= 9 + '0' && c >= '0') {
        if (!w->run) {
            int chained = w->groups && w->between != STRANGE && w->gap;
            if (!chained) { w->groups = 0; w->value = 0; w->dialled = previous == '+'; }
            w->open_between = chained ? w->between : 0;
            w->joined = w->letters;
            w->zeros = 1;
        }
        w->value = (w->value * 10 + (c - '0')) % 10000000000u;
        w->zeros &= c == '0';
        w->run++;
        w->m.letters++;
        w->letters = 0;
        return;
    }
    if (w->run) close_group(w, c == LETTER || c > 255);
    if (w->named) w->named--;
    if (c > 255) { /* a letter, with which one it is */
        w->recent = w->recent << 8 | (c & 255);
        if ((w->recent & 0xFFFFFF) == ('n' << 16 | 'h' << 8 | 's')) w->named = 32;
        c = LETTER;
    } else w->recent = 0;
    if (c != LETTER) w->runs = 0;
    if (c == LETTER) { w->m.letters++; w->between = STRANGE; if (w->letters < 255) w->letters++; return; }
    w->letters = 0;
    if (c == STRANGE) { w->between = STRANGE; return; }
    if (w->between == STRANGE) return;
    if (c == MARKUP || !w->between || w->between == ' ') { w->between = c == ' ' && w->between ? w->between : (u8)c; w->gap++; }
    else if (c == ' ' || w->between == MARKUP) w->gap++;
    else w->between = STRANGE;
    if (w->gap > 3 && w->between != MARKUP) w->between = STRANGE;
}

/* What a character outside ASCII is as a symbol: digits of other scripts, spaces, dashes and dots that only look odd. */
static u32 symbol_of(u32 point) {
    static const u32 zeros[] = {0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50,
                                0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0xFF10, 0x2080, 0x2070};
    for (unsigned k = 0; k < sizeof zeros / sizeof *zeros; k++)
        if (point - zeros[k] <= 9) return '0' + (point - zeros[k]);
    if (point == 0xB9) return '1';
    if (point == 0xB2 || point == 0xB3) return '2' + (point - 0xB2);
    if (point >= 0x2460 && point <= 0x2468) return '1' + (point - 0x2460);
    if (point == 0x24EA) return '0';
    if (point == 0xAD || (point >= 0x200B && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) || point == 0x2060 ||
        point == 0xFEFF || point == 0x180E || (point >= 0x300 && point <= 0x36F) || (point >= 0xFE00 && point <= 0xFE0F))
        return UNSEEN;
    if (point == 0xA0 || (point >= 0x2000 && point <= 0x200A) || point == 0x202F || point == 0x205F || point == 0x3000 ||
        point == 0x1680 || point == 0x2028 || point == 0x2029 || point == 0x85)
        return ' ';
    if ((point >= 0x2010 && point <= 0x2015) || point == 0x2212 || point == 0x2043 || point == 0xFE58 || point == 0xFE63 ||
        point == 0xFF0D || point == 0x30FC)
        return '-';
    if (point == 0x2024 || point == 0xB7 || point == 0xFF0E || point == 0x2022 || point == 0x30FB) return '.';
    if (point == 0xFF0F || point == 0x2044 || point == 0x2215) return '/';
    if (point == 0xFF3F) return '_';
    if (point == 0xFF0C || point == 0x201A) return ',';
    if (point == 0xFF1A) return ':';
    return (point >= 0x2000 && point <= 0x206F) || (point >= 0x2190 && point <= 0x2BFF) ? STRANGE : LETTER;
}

static u32 plain_symbol(u8 c) {
    if (c >= '0' && c <= '9') return c;
    u8 low = c | 32;
    if (low >= 'a' && low <= 'z') return 256u + low;
    if (c == '\t' || c == '\n' || c == '\r') return ' ';
    if (c == ' ' || c == '-' || c == '.' || c == '/' || c == '_' || c == '+' || c == ',' || c == ':') return c;
    return STRANGE;
}

static u32 ascii_or_not(u32 point) { return point < 128 ? plain_symbol((u8)point) : symbol_of(point); }

/* UTF-8; a byte that does not belong there is taken for Windows-1252. */
static u32 wide_symbol(const u8 *p, i64 left, i64 *used) {
    u32 c = p[0];
    i32 more = c >= 0xF0 && c < 0xF8 ? 3 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xC2 && c < 0xE0 ? 1 : 0;
    *used = 1;
    if (more && left > more) {
        u32 point = c & (0x3Fu >> more);
        i32 k = 1;
        for (; k <= more && (p[k] & 0xC0) == 0x80; k++) point = point << 6 | (p[k] & 0x3Fu);
        if (k > more) { *used = more + 1; return symbol_of(point); }
    }
    if (c == 0x96 || c == 0x97) return '-';
    return c == 0xB9 || c == 0xB2 || c == 0xB3 ? LETTER : symbol_of(c);
}

static i32 hex(u8 c) {
    if (c >= '0' && c <= '9') return c - '0';
    u8 low = c | 32;
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static int same_word(const u8 *p, i64 n, const char *word) {
    i64 k = 0;
    for (; k < n && word[k]; k++)
        if ((p[k] | 32) != (u8)word[k]) return 0;
    return k == n && !word[k];
}

/* &nbsp; &#8209; %20 \u00a0 \n: how machines write a character that they do not trust. STRANGE, one byte long, where it is none. */
static u32 escaped(const u8 *p, i64 left, i64 *used) {
    *used = 1;
    if (p[0] == '%') {
        if (left < 3 || hex(p[1]) < 0 || hex(p[2]) < 0) return STRANGE;
        u32 point = (u32)(hex(p[1]) * 16 + hex(p[2]));
        *used = 3;
        if (point == 0xC2 && left >= 6 && p[3] == '%') return UNSEEN; /* the first half of %C2%A0 */
        return point == 0xA0 ? ' ' : point < 128 ? plain_symbol((u8)point) : STRANGE;
    }
    if (p[0] == '\\') {
        if (left >= 2 && (p[1] == 'n' || p[1] == 't' || p[1] == 'r')) { *used = 2; return ' '; }
        if (left < 6 || p[1] != 'u') return STRANGE;
        u32 point = 0;
        for (int k = 2; k < 6; k++) { if (hex(p[k]) < 0) return STRANGE; point = point * 16 + (u32)hex(p[k]); }
        *used = 6;
        return ascii_or_not(point);
    }
    i64 end = 1;
    while (end < left && end < 12 && p[end] != ';') end++;
    if (end >= left || p[end] != ';' || end < 3) return STRANGE;
    const u8 *name = p + 1;
    i64 n = end - 1;
    u32 point = 0;
    if (name[0] == '#') {
        int base = n > 1 && (name[1] | 32) == 'x' ? 16 : 10;
        i64 k = base == 16 ? 2 : 1;
        if (k == n) return STRANGE;
        for (; k < n; k++) {
            i32 d = hex(name[k]);
            if (d < 0 || d >= base || point > 0x10FFFF) return STRANGE;
            point = point * (u32)base + (u32)d;
        }
        *used = end + 1;
        return ascii_or_not(point);
    }
    static const char *const names[] = {"nbsp", "ensp", "emsp", "thinsp", "ndash", "mdash", "minus", "hyphen",
                                        "shy", "zwnj", "zwj", "period", "sol"};
    static const u8 means[] = {' ', ' ', ' ', ' ', '-', '-', '-', '-', UNSEEN, UNSEEN, UNSEEN, '.', '/'};
    for (unsigned k = 0; k < sizeof means; k++)
        if (same_word(name, n, names[k])) { *used = end + 1; return means[k]; }
    return STRANGE;
}

static i64 tag_length(const u8 *p, i64 left) { /* 0 where no tag begins here */
    if (left < 3) return 0;
    u8 low = p[1] | 32;
    if (!((low >= 'a' && low <= 'z') || p[1] == '/' || p[1] == '!' || p[1] == '?')) return 0;
    for (i64 k = 2; k < left && k < 1024; k++)
        if (p[k] == '>') return k + 1;
    return 0;
}

static void walked(walk *w, const u8 *p, i64 n, int without_tags) {
    for (i64 at = 0; at < n;) {
        u8 c = p[at];
        i64 used = 1;
        if (c < 128 && c != '&' && c != '%' && c != '\\' && c != '<') symbol(w, plain_symbol(c));
        else if (c >= 128) symbol(w, wide_symbol(p + at, n - at, &used));
        else if (c == '<') {
            i64 tag = without_tags ? tag_length(p + at, n - at) : 0;
            symbol(w, tag ? MARKUP : STRANGE);
            used = tag ? tag : 1;
        } else symbol(w, escaped(p + at, n - at, &used));
        at += used;
    }
    if (w->run) close_group(w, 0);
    settle(w, 0);
}

/* 9.434765919E+09, as spreadsheets show it: 1 with all ten digits (`value`), 2 where some are lost, 0 for other text. */
static int power(const u8 *p, i64 n, u64 *value) {
    if (n < 6 || n > 24 || p[0] < '1' || p[0] > '9' || p[1] != '.') return 0;
    i64 at = 2;
    *value = (u64)(p[0] - '0');
    while (at < n && p[at] >= '0' && p[at] <= '9' && at < 11) *value = *value * 10 + (u64)(p[at++] - '0');
    i64 digits = at - 1;
    if (at == n || (p[at] | 32) != 'e') return 0;
    at++;
    if (at < n && p[at] == '+') at++;
    if (at < n && p[at] == '0') at++;
    if (at + 1 != n || p[at] != '9') return 0;
    for (i64 k = digits; k < 10; k++) *value *= 10;
    return digits >= 8 ? 1 : 2;
}

static u64 digits64(const u8 *p) {
#if defined(__AVX2__)
    __m256i zero = _mm256_set1_epi8('0'), nine = _mm256_set1_epi8(9);
    __m256i a = _mm256_sub_epi8(_mm256_loadu_si256((const __m256i *)p), zero);
    __m256i b = _mm256_sub_epi8(_mm256_loadu_si256((const __m256i *)(p + 32)), zero);
    u32 low = (u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(a, nine), a));
    u32 high = (u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(b, nine), b));
    return (u64)high << 32 | low;
#else
    u64 m = 0;
    for (int k = 0; k < 64; k++) m |= (u64)((u8)(p[k] - '0') <= 9) << k;
    return m;
#endif
}

/* Where do the next ten or more digits begin, none more than three other bytes after the one before? -1: nowhere. In plain
 * text nothing else can be a number. */
static i64 next_chain(const u8 *p, i64 n, i64 from, i64 *end) {
    i64 first = -1, last = -9;
    i32 met = 0;
    for (i64 base = from; base < n; base += 64) {
        u8 rest[64];
        const u8 *block = p + base;
        if (n - base < 64) {
            __builtin_memset(rest, 0, sizeof rest);
            __builtin_memcpy(rest, block, (size_t)(n - base));
            block = rest;
        }
        for (u64 m = digits64(block); m; m &= m - 1) {
            i64 at = base + __builtin_ctzll(m);
            if (at - last > 4) {
                if (met >= 10) { *end = last + 1; return first; }
                met = 0;
                first = at;
            }
            met++;
            last = at;
        }
    }
    *end = last + 1;
    return met >= 10 ? first : -1;
}

enum { BEFORE = 48 /* as far back as the word NHS is looked for, and a little */ };

/* Plain text: only where ten digits stand together is it worth reading byte by byte. */
static void walked_in_places(walk *w, const u8 *p, i64 n) {
    i64 at = 0, end = 0;
    for (i64 first; (first = next_chain(p, n, at, &end)) >= 0;) {
        i64 from = first - BEFORE > at ? first - BEFORE : at, stop = end < n ? end + 1 : n;
        w->m.letters += from - at;
        if (from > at) symbol(w, STRANGE);
        for (at = from; at < stop; at++) symbol(w, plain_symbol(p[at]));
    }
    w->m.letters += n - at;
    if (w->run) close_group(w, 0);
    settle(w, 0);
}

static u64 high64(const u8 *p) { /* bytes outside ASCII */
#if defined(__AVX2__)
    return (u64)(u32)_mm256_movemask_epi8(_mm256_loadu_si256((const __m256i *)(p + 32))) << 32 |
           (u32)_mm256_movemask_epi8(_mm256_loadu_si256((const __m256i *)p));
#else
    u64 m = 0;
    for (int k = 0; k < 64; k++) m |= (u64)(p[k] >> 7) << k;
    return m;
#endif
}

/* Are there as many digits, of any script, in a cell as an NHS number has? However they are disguised, each is written with
 * a digit of ASCII or with a byte outside it. `room`: how many bytes may be read from p on. */
static int could_hold_ten(const u8 *p, i64 n, i64 room) {
    i64 met = 0;
    if (n < 10) return 0;
    for (; n > 0 && met < 10; p += 64, n -= 64, room -= 64) {
        u8 rest[64];
        const u8 *block = p;
        u64 live = n < 64 ? ((u64)1 << n) - 1 : ~(u64)0;
        if (room < 64) {
            __builtin_memset(rest, 0, sizeof rest);
            __builtin_memcpy(rest, p, (size_t)(n < 64 ? n : 64));
            block = rest;
        }
        met += __builtin_popcountll((digits64(block) | high64(block)) & live);
    }
    return met >= 10;
}

static void taken(sight *s, const u8 *p, i64 n) {
    u32 digits = 0, odd = 0, person = NOBODY;
    i64 *count = s->count;
    while (n > 0 && (*p == ' ' || *p == '"')) { p++; n--; }
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '"')) n--;
    if (n <= 0) return;
    count[FILLED]++;
    count[BYTES] += n;
    if (n < 6) return;
    if (n == 10 && bare_digits_of(p, &person) != MALFORMED) { /* nearly every number is written so */
        u64 value = 0;
        for (int k = 0; k < 10; k++) value = value * 10 + (u64)(p[k] - '0');
        int valid = place(s, value, &person) == VALID;
        count[WHOLE]++;
        count[WHOLE_VALID] += valid;
        count[WHOLE_LIKELY] += valid && likely(person);
        count[WHOLE_ENGLISH] += valid && english(person);
        count[WHOLE_CHI] += valid && a_day(person);
        return;
    }
    for (i64 k = 0; k < n; k++) {
        digits += (u8)(p[k] - '0') <= 9;
        odd |= (p[k] & 128) | (p[k] == '&') | (p[k] == '%') | (p[k] == '\\') | (p[k] == '<');
    }
    if (n == 9 && digits == 9) {
        u32 sum = 0, nine = 0;
        for (int k = 0; k < 9; k++) { u32 d = (u32)p[k] - '0'; sum += d * (u32)(9 - k); nine = nine * 10 + d; }
        count[NINE]++;
        count[NINE_CHI] += sum % 11 == 0 && a_day(nine / 10);
        return;
    }
    u64 value = 0;
    int raised = power(p, n, &value);
    if (raised == 2) { count[POWERS]++; return; }
    if (raised == 1) {
        int valid = place(s, value, &person) == VALID;
        count[WHOLE]++;
        count[WHOLE_VALID] += valid;
        count[DISGUISED] += valid;
        count[WHOLE_LIKELY] += valid && likely(person);
        count[WHOLE_ENGLISH] += valid && english(person);
        count[WHOLE_CHI] += valid && a_day(person);
        return;
    }
    if (n < 10 || (!odd && digits < 10)) return;
    walk w;
    for (int pass = 0; pass < 2; pass++) {
        __builtin_memset(&w, 0, sizeof w);
        w.s = s;
        if (!odd) { walked_in_places(&w, p, n); break; }
        walked(&w, p, n, pass);
        if (pass || (w.m.valid && !s->unfit)) break; /* one who may stay says nothing about the next */
        i64 k = 0;
        while (k < n && p[k] != '<') k++;
        if (k == n) break;
    }
    const met *m = &w.m;
    if (!m->inside) return;
    if (m->inside == 1 && m->letters == m->spent) {
        u32 who;
        count[WHOLE]++;
        count[WHOLE_VALID] += m->first_valid;
        count[WHOLE_LIKELY] += m->first_likely;
        count[WHOLE_ENGLISH] += m->first_english;
        count[WHOLE_CHI] += m->first_chi;
        count[DISGUISED] += m->first_valid && read_cell(p, n, 0, &who) != VALID;
        return;
    }
    count[INSIDE] += m->inside;
    count[INSIDE_VALID] += m->valid;
    count[INSIDE_LIKELY] += m->likely;
    count[INSIDE_CHI] += m->chi;
    count[FORMED] += m->formed;
    count[FORMED_VALID] += m->formed_valid;
    count[NAMED_VALID] += m->named;
    if (m->likely || m->named) { count[HOLDING]++; count[AROUND] += m->letters - m->spent; }
}

/* Where does a UUID begin? n: nowhere. Its groups of digits come in every length. */
static i64 next_uuid(const u8 *p, i64 n) {
    for (i64 at = 0; at + 36 <= n; at++) {
        if (p[at + 8] != '-' || p[at + 13] != '-' || p[at + 18] != '-' || p[at + 23] != '-') continue;
        i32 k = 0;
        while (k < 36 && (k == 8 || k == 13 || k == 18 || k == 23 || hex(p[at + k]) >= 0)) k++;
        if (k == 36) return at;
    }
    return n;
}

/* One cell, where only numbers of people who may not be released matter. */
static void taken_for_mentions(sight *s, const u8 *p, i64 n, i64 room) {
    while (could_hold_ten(p, n, room)) {
        i64 at = next_uuid(p, n);
        taken(s, p, at);
        p += at;
        n -= at;
        if (n) { p += 36; n -= 36; at += 36; }
        room -= at;
    }
}

/* Looks at every cell of one column. */
EXPORT void ndoo_sight(const cells *c, i64 rows, sight *s) {
    s->count[ROWS] += rows;
    for (i64 i = 0; i < rows; i++) {
        i64 at = i * c->stride, n = c->end[at] - c->begin[at];
        const u8 *p = c->buf + c->begin[at];
        if (s->unfit) taken_for_mentions(s, p, n, n);
        else taken(s, p, n);
    }
}

/* Whole rows of delimited text that ndoo_rows has been through: looks at every cell of each of the `fields` columns that
 * `known` does not name, for numbers of people who may not be released (s->unfit), and counts them in `of`. */
EXPORT void ndoo_mentions(const u8 *buf, i64 len, i32 delimiter, i32 quotes, i32 fields, const u8 *known, mention *of,
                          sight *s) {
    u64 quoted = 0, close = 0; /* which of the ten bytes before this block are edges, the last one lowest */
    i64 begin = 0;
    i32 field = 0;
    for (i64 base = 0; base <= len; base += 64) {
        u8 last[64];
        const u8 *p = buf + base;
        i64 left = len - base;
        if (left < 64) { /* what comes last has a line end, or is given one */
            for (int k = 0; k < 64; k++) last[k] = k < left ? p[k] : k == left ? '\n' : 'a';
            p = last;
        }
        u64 newline = equal64(p, '\n'), edges = newline | equal64(p, (u8)delimiter);
        if (quotes) {
            u64 in = inside_quotes(equal64(p, '"')) ^ quoted;
            quoted = (u64)0 - (in >> 63);
            edges &= ~in;
            newline &= edges;
        }
        u64 near = edges << 1; /* an edge among the ten bytes before: the cell between is too short */
        near |= near << 1;
        near |= near << 2;
        near |= near << 4;
        near |= edges << 9 | edges << 10 | close;
        for (u64 ends = edges & ~near; ends; ends &= ends - 1) {
            u64 end = ends & (0 - ends), before = edges & (end - 1), rows = newline & (end - 1);
            i64 from = before ? base + 64 - __builtin_clzll(before) : begin;
            if (rows) before &= ~(u64)0 << 1 << (63 - __builtin_clzll(rows));
            i64 at = (rows ? 0 : field) + __builtin_popcountll(before), to = base + __builtin_ctzll(end);
            if (at >= fields || known[at]) continue;
            s->into = of + at;
            taken_for_mentions(s, buf + from, to - from, len - from);
        }
        if (edges) {
            i32 since = 63 - __builtin_clzll(edges);
            begin = base + since + 1;
            u64 after = newline ? edges & ~(u64)0 << 1 << (63 - __builtin_clzll(newline)) : edges;
            field = (newline ? 0 : field) + __builtin_popcountll(after);
        }
        close = 0;
        for (int k = 0; k < 10; k++) /* an edge k bytes before the end makes the first 10 - k bytes of the next block near */
            if (edges >> (63 - k) & 1) { close = ((u64)1 << (10 - k)) - 1; break; }
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
