/* Groups of digits that words part, or more signs than a chain has room for: parts of a form, of an address, of JSON.
 *
 * Part of _chains.c, which includes it. Only whole groups count, in the grouping that people give an NHS number, digit by digit, or as
 * the codes of ten characters; and they are weighed, because numbers stand in every text. */

enum { FAR_MOST = 64, KEPT = 32 /* a power of two */ };

typedef struct {
    walk *w;
    i64 begin[KEPT], end[KEPT];        /* of the latest groups */
    u8 length[KEPT], value[KEPT];      /* digits, six where there are more; and what one or two of them come to */
    i64 count;                         /* groups so far */
    i64 row;                           /* of them, how many in a row are no farther apart than may be */
    i64 ones, codes;                   /* in a row that are one digit; that are the code of one */
} far_groups;

#define LATEST(k) ((f->count - 1 - (k)) & (KEPT - 1))

/* Are they what a chain has seen already? */
static int in_a_chain(const far_groups *f, i32 first, i32 step) {
    const u8 *p = f->w->p;
    for (i32 k = first; k >= step; k -= step)
        for (i64 at = f->end[LATEST(k)], to = f->begin[LATEST(k - step)], most = at + GAP_MOST; at < to; at++)
            if (is_letter(p[at]) || at >= most || (u8)(p[at] - '0') <= 9) return 0;
    return 1;
}

/* Every group, or every second, the latest last; `groups` of them. */
static void weigh_groups(far_groups *f, i32 groups, i32 step) {
    u8 ten[10];
    i32 n = 0;
    if (in_a_chain(f, (groups - 1) * step, step)) return;
    for (i32 k = (groups - 1) * step; k >= 0; k -= step)
        for (i64 at = f->begin[LATEST(k)]; at < f->end[LATEST(k)]; at++) ten[n++] = f->w->p[at] - '0';
    weigh(f->w->s, KEY(FAR_APART, groups << 4 | step), ten, FOR_SOMEBODY, 1);
}

static int counts_up(const far_groups *f) { /* do the groups between ten of one digit */
    for (i32 k = 1; k < 17; k += 2)
        if (f->length[LATEST(k)] > 2 || f->value[LATEST(k)] != f->value[LATEST(k + 2)] + 1) return 0;
    for (i32 k = 0; k < 20; k += 2)
        if (f->length[LATEST(k)] != 1) return 0;
    return 1;
}

/* Ten alone are written as a number is; among more of them, as in a series of measurements, they may be so by chance. */
static void weigh_codes(far_groups *f, enum weight weight) {
    u8 ten[10];
    for (i32 k = 0; k < 10; k++) ten[9 - k] = f->value[LATEST(k)] - '0';
    weigh(f->w->s, KEY(CODES, 0), ten, weight, 1);
}

static void add_group(far_groups *f, i64 begin) {
    const u8 *p = f->w->p;
    i64 end = begin, n = f->w->n;
    u32 value = 0;
    for (; end < n && (u8)(p[end] - '0') <= 9 && end - begin < 6; end++) value = value * 10 + p[end] - '0';
    i64 length = end - begin;
    int far = !f->count || begin - f->end[LATEST(0)] > FAR_MOST;
    i64 codes = length != 2 || value < '0' || value > '9' ? 0 : far ? 1 : f->codes + 1;
    if (f->codes == 10) weigh_codes(f, codes == 11 ? FOR_SOMEBODY : FOR_ANYBODY);
    f->count++;
    f->row = far ? 1 : f->row + 1;
    f->begin[LATEST(0)] = begin;
    f->end[LATEST(0)] = end;
    f->length[LATEST(0)] = (u8)length;
    f->value[LATEST(0)] = length <= 2 ? (u8)value : 0;
    f->ones = length != 1 ? 0 : far ? 1 : f->ones + 1;
    f->codes = codes;
    if (length == 4 && f->row >= 3 && f->length[LATEST(1)] == 3 && f->length[LATEST(2)] == 3) weigh_groups(f, 3, 1);
    if (length == 4 && f->row >= 5 && f->length[LATEST(1)] <= 2 && f->length[LATEST(2)] == 3 && f->length[LATEST(3)] <= 2 && f->length[LATEST(4)] == 3)
        weigh_groups(f, 3, 2);
    if (f->ones >= 10) weigh_groups(f, 10, 1);
    if (length == 1 && f->row >= 19 && counts_up(f)) weigh_groups(f, 10, 2);
    if (codes > 10) weigh_codes(f, FOR_SOMEBODY);
}

static void add_groups(walk *w) {
    far_groups f;
    u64 before = 0;                    /* is the last sign of the block before a digit */
    f.w = w;
    f.count = f.row = f.ones = f.codes = 0;
    for (i64 base = 0; base < w->n; base += 64) {
        u8 rest[64];
        u64 digit = digits64(block_of(w->p + base, w->n - base, rest));
        for (u64 begins = digit & ~(digit << 1 | before); begins; begins &= begins - 1) add_group(&f, base + __builtin_ctzll(begins));
        before = digit >> 63;
    }
    if (f.codes == 10) weigh_codes(&f, FOR_ANYBODY);
}

/* 9.434765919*^9: the sign stands at `at`. */
static void by_caret(walk *w, i64 at) {
    u32 power = 0;
    if (at && w->p[at - 1] == '*' && digits_in(w->p + at + 1, w->n - at - 1, 2, 10, &power)) raised(w, at - 1, (i32)power);
}

/* Most text has too few groups of the lengths that matter, which is seen sixty-four signs at a time. */
static void walk_groups(walk *w) {
    i64 ones = 0, twos = 0, threes = 0, fours = 0;
    for (i64 base = 0; base < w->n; base += 56) { /* a group that begins in the first 56 signs ends in the block, if it is short */
        u8 rest[64];
        const u8 *p = block_of(w->p + base, w->n - base, rest);
        u64 d = digits64(p), before = base && (u8)(w->p[base - 1] - '0') <= 9;
        u64 begins = d & ~(d << 1 | before) & ~(u64)0 >> 8, two = begins & d >> 1, three = two & d >> 2, four = three & d >> 3;
        if (!d) continue;
        ones += __builtin_popcountll(begins & ~two);
        twos += __builtin_popcountll(two & ~three);
        threes += __builtin_popcountll(three & ~four);
        fours += __builtin_popcountll(four & ~(d >> 4));
        for (u64 tens = two & ~three & equal64(p, '1') & equal64(p, '0') >> 1; tens; tens &= tens - 1)
            by_ten(w, base + __builtin_ctzll(tens), base + __builtin_ctzll(tens) + 2);
        for (u64 carets = equal64(p, '^') & ~(u64)0 >> 8; carets; carets &= carets - 1) by_caret(w, base + __builtin_ctzll(carets));
    }
    if ((threes >= 2 && fours) || ones >= 10 || twos >= 10) add_groups(w);
}
