/* Digits that few other characters part: which ten of them may be a number?
 *
 * Part of _kernel.c, which includes it after _sight.c, where it is said what a chain is. */

enum { ROOM = 64, GAP_MOST = 8, MARKED_GAP_MOST = 64, LONG_RUN = 63, LABEL_MOST = 8, FEW_BLANKS = 4 };
enum { LONG_NUMBER = 1, AT_BYTE, ODD_GROUPS, GLUED, FRACTION, SIDE_BY_SIDE, FILLED_UP, LONGER_GROUPS, FAR_APART, CODES, PLAIN_HEX };
#define KEY(kind, rest) ((u32)(kind) << 28 | ((u32)(rest) & 0xFFFFFFFu))

typedef struct {
    sight *s;
    met m;
    const u8 *p;                       /* the text */
    i64 n;
    u8 digit[ROOM + 16];               /* of the chain */
    i64 at[ROOM];                      /* where in the text each of them stands */
    u8 before[ROOM], apart[ROOM];      /* of a group's first: what parts it from the one before, and by how much */
    u64 starts;                        /* which of them begin a group */
    i32 digits;
    i64 passed;                        /* digits of the open group that went out of sight */
    u64 spent_to;                      /* digits up to this one are a valid candidate's already */
    i32 cut;                           /* the chain began out of sight */
    i32 gap, between;                  /* symbols since the last digit, and what they come to */
    u32 latest;                        /* of them */
    u32 aside;                         /* kinds of digits that are taken for none */
} walk;

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
}

static int is_named(const walk *w, i64 at) { /* does the word NHS stand before this digit, or shortly before */
    i64 from = at > 34 ? at - 34 : 0;
    for (i64 k = at - 3; k >= from; k--)
        if ((w->p[k + 2] | 32) == 's' && (w->p[k + 1] | 32) == 'h' && (w->p[k] | 32) == 'n') return 1;
    return 0;
}

static i64 label_length(const walk *w, i64 at) { /* letters that stand directly before */
    i64 k = 0;
    while (k <= LABEL_MOST && k < at && is_letter(w->p[at - 1 - k])) k++;
    return k;
}

static int letter_follows(const walk *w, i32 last) { i64 at = w->at[last] + 1; return at < w->n && is_letter(w->p[at]); }

static i32 group_end(const walk *w, i32 first) { /* where the group of digits that begins there ends */
    u64 after = first < 63 ? w->starts >> (first + 1) << (first + 1) : 0;
    return after ? __builtin_ctzll(after) : w->digits;
}


/* Letters and digits by turns are a key or a digest. */
static int is_keyed(const walk *w, i32 off, i64 label) {
    i64 begin = w->at[off], end = w->at[off + 9] + 1, k = 0;
    if (label && label < begin && (u8)(w->p[begin - label - 1] - '0') <= 9) return 1;
    while (end + k < w->n && k <= LABEL_MOST && is_letter(w->p[end + k])) k++;
    return k > LABEL_MOST || (k && end + k < w->n && (u8)(w->p[end + k] - '0') <= 9);
}

/* Is it the last part of a UUID, which is twelve of its digits? */
static int in_uuid(const walk *w, i32 off, i64 label) {
    const u8 *p = w->p;
    i64 begin = w->at[off] - label;
    return begin >= 24 && p[begin - 1] == '-' && p[begin - 6] == '-' && p[begin - 11] == '-' && p[begin - 16] == '-' &&
           is_alphanumeric(p[begin - 17]) && begin + 12 <= w->n && (label || letter_follows(w, off + 9));
}

static int is_behind_root(const walk *w, i64 at) { /* of the object identifiers of NHS numbers, as HL7 has it */
    static const char root[] = ".113883.2.1.4.1.";
    i64 length = (i64)sizeof root - 1, k = 0;
    if (at < length) return 0;
    while (k < length && w->p[at - length + k] == (u8)root[k]) k++;
    return k == length;
}

/* A group of ten digits. */
static void ten_digits(walk *w, i32 off, u64 value) {
    int behind_root = is_behind_root(w, w->at[off]), named = behind_root || is_named(w, w->at[off]);
    i64 label = label_length(w, w->at[off]);
    if (off && w->before[off] == '.' && w->apart[off] == 1 && !behind_root) { weigh(w->s, KEY(FRACTION, 0), w->digit + off, FOR_SOMEBODY, 1); return; }
    i32 next = off + 10;
    if (next < w->digits && w->before[next] == '.' && w->apart[next] == 1) { /* 9434765919.0, which a blank cell made a fraction */
        i32 end = group_end(w, next), zeros = 1;
        for (i32 k = next; k < end; k++) zeros &= !w->digit[k];
        if (!zeros) { weigh(w->s, KEY(FRACTION, 1), w->digit + off, FOR_SOMEBODY, 1); return; }
        w->m.spent += end - next;
    }
    int follows = letter_follows(w, off + 9);
    if (!named && (label > LABEL_MOST || (label && follows) || (w->s->unfit && (is_keyed(w, off, label) || in_uuid(w, off, label))))) {
        weigh(w->s, KEY(GLUED, label << 1 | follows), w->digit + off, FOR_SOMEBODY, 1);
        return;
    }
    commit(w, value, 0, named);
}

/* Groups that have ten digits together. */
static void grouped(walk *w, i32 off, u64 value, int whole) {
    u64 inner = w->starts >> off & 0x3FE; /* where groups begin behind the first */
    i32 k = 1 + __builtin_popcountll(inner);
    u8 first = 0;
    int same = 1, all_marked = 1;
    for (u64 rest = inner; rest; rest &= rest - 1) {
        u8 how = w->before[off + __builtin_ctzll(rest)];
        if (!first) first = how;
        same &= how == first;
        all_marked &= how == MARK;
    }
    int threes = inner == (1u << 3 | 1u << 6), ones = k == 10;
    int formed = (threes && first != ',' && first != STRANGE) || (ones && same && first != STRANGE);
    if (!threes && !ones && !all_marked) {
        int plain = same && whole && !label_length(w, w->at[off]) && !letter_follows(w, off + 9);
        int thousands = inner == (1u << 1 | 1u << 4 | 1u << 7), twos = inner == (1u << 2 | 1u << 4 | 1u << 6 | 1u << 8);
        int usual = thousands || (first != ',' && first != '.' && first != STRANGE && (k == 2 || k == 3 || twos));
        if (!plain || !usual) { weigh(w->s, KEY(ODD_GROUPS, inner), w->digit + off, FOR_SOMEBODY, 1); return; }
    }
    commit(w, value, formed, is_named(w, w->at[off]));
}

/* Ten digits inside a longer group, that begins at `start` and ends at `end`. */
static void inside_longer(walk *w, i32 off, i32 start, i32 end, int closed) {
    i64 length = end - start + w->passed * !start, place = off - start + w->passed * !start;
    if (closed && off + 10 == end && !w->passed && length >= 12) { /* filled with zeros, more than a telephone number has */
        int zeros = 1;
        for (i32 k = start; k < off; k++) zeros &= !w->digit[k];
        if (zeros) { weigh(w->s, KEY(FILLED_UP, length), w->digit + off, FOR_ANYBODY, 1); return; }
    }
    if (length > LONG_RUN || !closed) length = LONG_RUN;
    if (place > LONG_RUN) place = LONG_RUN;
    weigh(w->s, KEY(LONG_NUMBER, length << 8 | place), w->digit + off, FOR_SOMEBODY, 1);
    if (w->at[off] < 4096) weigh(w->s, KEY(AT_BYTE, w->at[off]), w->digit + off, FOR_EVIDENCE, 1);
}

/* Ten digits in threes and four, of which the first group or the last is longer: a nought before them, a date behind them. */
static void in_longer_groups(walk *w, i32 off, i32 limit) {
    u64 begun = w->starts & ~(u64)0 >> (63 - off);
    i32 start = begun ? 63 - __builtin_clzll(begun) : 0, end = group_end(w, off + 6), before = off - start;
    i32 behind = (end < limit ? end : limit) - off - 10, zeros = !behind && !w->passed;
    for (i32 k = start; k < off; k++) zeros &= !w->digit[k];
    if (before > 15) before = 15;
    if (behind > 15) behind = 15;
    weigh(w->s, KEY(LONGER_GROUPS, before << 4 | behind), w->digit + off, zeros && before > 1 ? FOR_ANYBODY : FOR_SOMEBODY, 1);
}

static u32 sign_at(const walk *w, i64 at, i64 *used) {
    *used = 1;
    return w->p[at] < 128 ? w->p[at] : wide_symbol(w->p + at, w->n - at, used);
}

/* Is one of the signs that are taken for no digit among these ten, or does it touch them? The others were looked at before. */
static int is_changed(const walk *w, i32 off) {
    i64 at = w->at[off], to = w->at[off + 9], used = 1;
    if (at) do at--; while (at && (w->p[at] & 0xC0) == 0x80 && w->at[off] - at < 4);
    for (; at < to; at += used) if (sign_at(w, at, &used) & w->aside) return 1;
    sign_at(w, to, &used);
    to += used;
    return to < w->n && (sign_at(w, to, &used) & w->aside) != 0;
}

/* Looks at the windows that begin from `from` on and end up to `limit`, where a group ends if `closed`. */
static void judge_windows(walk *w, i32 from, i32 limit, int closed, int whole) {
    if (limit - from < 10) return;
    u64 live = ~(u64)0 << from & ~(u64)0 >> (63 - (limit - 10));
    u64 crossed = w->starts >> 1; /* which windows have a group's begin inside */
    crossed |= crossed >> 1;
    crossed |= crossed >> 2;
    crossed |= crossed >> 4;
    crossed |= w->starts >> 9;
    u64 ends = w->starts >> 10 | (closed ? (u64)1 << (limit - 10) : 0), aligned = w->starts & ends, g = w->starts;
    u64 threes = g >> 3 & g >> 6 & ~(g >> 1 | g >> 2 | g >> 4 | g >> 5 | g >> 7 | g >> 8 | g >> 9) & ~aligned;
    for (u64 rest = live & (aligned | ~crossed | threes); rest; rest &= rest - 1) {
        i32 off = __builtin_ctzll(rest);
        if ((u64)off < w->spent_to || (w->aside && !is_changed(w, off))) continue;
        u32 person = NOBODY;
        u64 value;
        int valid = judged_digits(w->digit + off, &person, &value) == VALID, is_aligned = aligned >> off & 1;
        i64 before = w->m.inside;
        if (threes >> off & 1) in_longer_groups(w, off, limit);
        else if (crossed >> off & 1) grouped(w, off, value, whole && off == 0 && off + 10 == limit && !w->cut);
        else if (is_aligned) ten_digits(w, off, value);
        else {
            u64 begun = w->starts & ~(u64)0 >> (63 - off);
            i32 start = begun ? 63 - __builtin_clzll(begun) : 0, end = group_end(w, off);
            inside_longer(w, off, start, end < limit ? end : limit, closed);
        }
        if (valid && w->m.inside > before && !w->s->unfit) w->spent_to = (u64)off + 10; /* it has its digits to itself */
    }
}

/* The chain ends here. */
static void end_chain(walk *w) {
    judge_windows(w, 0, w->digits, 1, 1);
    w->digits = 0;
    w->passed = w->cut = 0;
    w->starts = w->spent_to = 0;
}

static void forget(walk *w, i32 count) { /* the first digits, which were looked at */
    i32 left = w->digits - count;
    for (i32 k = 0; k < left; k++) {
        w->digit[k] = w->digit[k + count];
        w->at[k] = w->at[k + count];
        w->before[k] = w->before[k + count];
        w->apart[k] = w->apart[k + count];
    }
    w->starts >>= count;
    w->digits = left;
    w->spent_to = w->spent_to > (u64)count ? w->spent_to - (u64)count : 0;
    w->cut = 1;
}

/* There is no room for another digit: what can be looked at is, and as many stay as a window may need. */
static void slide(walk *w) {
    i32 open = w->starts ? 63 - __builtin_clzll(w->starts) : 0; /* where the open group begins */
    if (open >= 10) {
        judge_windows(w, 0, open, 1, 0);
        forget(w, open - 9);
        w->passed = 0;
        return;
    }
    judge_windows(w, 0, ROOM, 0, 0); /* the open group is long: no other window ends in it */
    forget(w, ROOM - 9);
    w->starts = 0;
    w->passed += ROOM - 9 - open;
}

static void add_digit(walk *w, u32 digit, i64 at) {
    if (w->gap > (w->between == MARK ? MARKED_GAP_MOST : GAP_MOST)) end_chain(w);
    if (w->digits == ROOM) slide(w);
    i32 k = w->digits++;
    if (w->gap || (!k && !w->cut)) {
        w->starts |= (u64)1 << k;
        w->before[k] = (u8)w->between;
        w->apart[k] = (u8)w->gap;
    }
    w->digit[k] = (u8)digit;
    w->at[k] = at;
    w->gap = w->between = 0;
    w->latest = 0;
    w->m.letters++;
}

static void add_gap(walk *w, u32 c) {
    if (!w->digits || w->gap > MARKED_GAP_MOST) return;
    if (c == ' ' && w->latest == ' ' && w->gap >= FEW_BLANKS) return; /* many blanks in a row part no more than a few do */
    w->latest = c;
    w->gap++;
    if (c == MARK || !w->between) w->between = (i32)c;
    else if (c != ' ' && w->between != MARK) w->between = w->between == ' ' ? (i32)c : STRANGE;
    if (w->gap >= FEW_BLANKS && w->between != MARK) w->between = STRANGE;
}

/* What stands between two letters; which signs are there that may be digits or not. */
static u32 walk_signs(walk *w, i64 from, i64 to) {
    u32 met = 0;
    for (i64 at = from; at < to;) {
        u32 c = w->p[at];
        i64 used = 1;
        if (c == '"' && at > from && w->p[at - 1] == '"') { at++; continue; } /* doubled in a quoted cell */
        c = c < 128 ? plain_symbol((u8)c) : wide_symbol(w->p + at, to - at, &used);
        if (c > DIGIT) {
            met |= c & (SCRIPT | RAISED | NUMERAL);
            c = !(c & w->aside) ? c & DIGIT : c & HIDDEN ? UNSEEN : STRANGE;
        }
        if (c == LETTER) { w->m.letters++; c = STRANGE; }
        if (c - '0' <= 9) add_digit(w, c - '0', at);
        else if (c != UNSEEN) add_gap(w, c);
        at += used;
    }
    end_chain(w);
    w->gap = w->between = 0;
    return met;
}

/* And again, with digits that may be none taken for what parts others, or for nothing. */
static void walk_chain(walk *w, i64 from, i64 to) {
    i64 before = w->m.letters;
    u32 met = walk_signs(w, from, to);
    for (u32 aside = met; aside; aside = (aside - 1) & met) { /* each way of telling some of their kinds from the others */
        i64 letters = w->m.letters, inside = w->m.inside;
        w->m.letters = before;
        w->aside = aside;
        walk_signs(w, from, to);
        w->aside = 0;
        if (w->m.inside == inside) w->m.letters = letters;
    }
}

/* Ten digits that a power of ten moves about: `end` is where the last of them stands before, which a point or commas may part. */
static void raised(walk *w, i64 end, i32 power) {
    const u8 *p = w->p;
    u8 digit[24];
    i64 begin = end;
    i32 k = 0, decimals = 0;
    u8 point = 0;
    while (begin > 0 && end - begin < 24) {
        u8 c = p[begin - 1];
        if ((u8)(c - '0') > 9 && !(c == '.' && !point) && !(c == ',' && point != ',')) break;
        begin--;
        if ((u8)(c - '0') > 9 && !point) { point = c; decimals = (i32)(end - begin - 1); }
    }
    if (begin > 0 && ((u8)(p[begin - 1] - '0') <= 9 || is_letter(p[begin - 1]))) return;
    for (i64 from = begin; from < end; from++)
        if ((u8)(p[from] - '0') <= 9 && (k || p[from] != '0')) digit[k++] = p[from] - '0';
    i32 moved = power - decimals; /* the value is these digits times 10^moved */
    for (; moved < 0 && k && !digit[k - 1]; moved++) k--;
    if (moved < 0 || k < 8 || k + moved != 10) return;
    for (; moved; moved--) digit[k++] = 0;
    u64 value = 0;
    for (k = 0; k < 10; k++) value = value * 10 + digit[k];
    i64 letters = w->m.letters;
    commit(w, value, 0, is_named(w, begin));
    w->m.letters = letters - (end - begin) - 1 + 10; /* as if it stood there plainly, as far as can be told */
}

static i64 without_blanks(const walk *w, i64 end) { /* before it */
    while (end > 0 && w->p[end - 1] == ' ') end--;
    return end;
}

/* 9.434765919E9, 9434765.919e3, 0.9434765919D+10, 9.434765919 E9f: `at` is where the E or D stands. */
static void by_letter(walk *w, i64 at) {
    const u8 *p = w->p;
    i64 after = at + 1, end = without_blanks(w, at);
    u32 power = 0;
    int minus = 0;
    if (!end || (u8)(p[end - 1] - '0') > 9) return;
    if (after < w->n && (p[after] == '+' || p[after] == '-')) minus = p[after++] == '-';
    i32 length = digits_in(p + after, w->n - after, 4, 10, &power);
    after += length;
    if (!length || length > 3 || power > 20) return;
    if (after < w->n && is_letter(p[after])) { /* one letter says the type in many languages; in a key it is one of many */
        u8 type = p[after] | 32;
        i64 point = end;
        while (point > 0 && (u8)(p[point - 1] - '0') <= 9) point--;
        if (!point || p[point - 1] != '.' || (type != 'f' && type != 'd' && type != 'l' && type != 'm') || (after + 1 < w->n && is_alphanumeric(p[after + 1]))) return;
    }
    raised(w, end, minus ? -(i32)power : (i32)power);
}

/* 9.434765919 x 10^9, × 10⁹, *10**9, 10<sup>9</sup>: the 10 stands from `begin` to `end`. */
static void by_ten(walk *w, i64 begin, i64 end) {
    const u8 *p = w->p;
    i64 sign = without_blanks(w, begin), n = w->n;
    u32 power = 0;
    if (sign && ((p[sign - 1] | 32) == 'x' || p[sign - 1] == '*' || p[sign - 1] == MARK)) sign--;
    else if (sign > 1 && ((p[sign - 2] == 0xC3 && p[sign - 1] == 0x97) || (p[sign - 2] == 0xC2 && p[sign - 1] == 0xB7))) sign -= 2;
    else return;
    sign = without_blanks(w, sign);
    if (!sign || (u8)(p[sign - 1] - '0') > 9) return;
    while (end < n && (p[end] == ' ' || p[end] == '^' || p[end] == '*' || p[end] == '(' || p[end] == '{' || p[end] == '+' || p[end] == MARK)) end++;
    if (end + 2 < n && p[end] == 0xE2 && p[end + 1] == 0x81 && p[end + 2] >= 0xB4 && p[end + 2] <= 0xB9) power = p[end + 2] - 0xB0u;
    else if (!digits_in(p + end, n - end, 2, 10, &power)) return;
    raised(w, sign, (i32)power);
}

static u64 letters64(const u8 *p) {
#if defined(__AVX2__)
    __m256i low = _mm256_set1_epi8(0x20), first = _mm256_set1_epi8('a'), most = _mm256_set1_epi8(25);
    __m256i a = _mm256_sub_epi8(_mm256_or_si256(_mm256_loadu_si256((const __m256i *)p), low), first);
    __m256i b = _mm256_sub_epi8(_mm256_or_si256(_mm256_loadu_si256((const __m256i *)(p + 32)), low), first);
    u32 x = (u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(a, most), a));
    u32 y = (u32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(b, most), b));
    return (u64)y << 32 | x;
#else
    u64 m = 0;
    for (int k = 0; k < 64; k++) m |= (u64)is_letter(p[k]) << k;
    return m;
#endif
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


static const u8 *block_of(const u8 *p, i64 left, u8 *rest) { /* 64 bytes, those past the end zero */
    if (left >= 64) return p;
    __builtin_memset(rest, 0, 64);
    __builtin_memcpy(rest, p, (size_t)left);
    return rest;
}

/* [from, to) stands between two letters: is it worth walking? */
static void between_letters(walk *w, i64 from, i64 to) {
    i32 digits = 0;
    for (i64 at = from; at < to && digits < 10; at++) digits += (u8)(w->p[at] - '0') <= 9 || w->p[at] >= 128;
    if (digits >= 10) walk_chain(w, from, to);
    else if (!w->s->unfit) for (i64 at = from; at < to; at++) w->m.letters += (u8)(w->p[at] - '0') <= 9;
    if (digits >= 8 && to < w->n && ((w->p[to] | 32) == 'e' || (w->p[to] | 32) == 'd')) by_letter(w, to);
}

enum { SHORTEST_CHAIN = 8 };

static u64 runs_of_eight(u64 m) { m &= m >> 1; m &= m >> 2; return m & m >> 4; }

/* One reading of a cell. Most text is letters: where eight other signs do not follow each other, no chain is. */
static void walk_text(walk *w) {
    i64 begin = 0;                     /* behind the last letter */
    for (i64 base = 0; base < w->n; base += 64) {
        u8 rest[64];
        i64 left = w->n - base;
        u64 live = left < 64 ? ((u64)1 << left) - 1 : ~(u64)0, letter = letters64(block_of(w->p + base, left, rest)) & live;
        w->m.letters += __builtin_popcountll(letter);
        if (!letter) continue;
        i64 first = base + __builtin_ctzll(letter), last = base + 63 - __builtin_clzll(letter);
        if (first - begin >= SHORTEST_CHAIN) between_letters(w, begin, first);
        begin = last + 1;
        if (!runs_of_eight(~letter & live) ) continue;
        for (u64 m = letter; m & (m - 1); m &= m - 1) { /* from letter to letter */
            i64 from = base + __builtin_ctzll(m) + 1, to = base + __builtin_ctzll(m & (m - 1));
            if (to - from >= SHORTEST_CHAIN) between_letters(w, from, to);
        }
    }
    if (w->n - begin >= SHORTEST_CHAIN) between_letters(w, begin, w->n);
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


#include "_far_groups.c"

static met looked_at(sight *s, const u8 *p, i64 n) {
    walk w;
    s->reading++;
    __builtin_memset(&w, 0, sizeof w);
    w.s = s;
    w.p = p;
    w.n = n;
    walk_text(&w);
    walk_groups(&w);
    return w.m;
}
