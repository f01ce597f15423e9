/* One cell, in all the readings that it may have.
 *
 * Part of _kernel.c, which includes it after _chains.c. */

typedef struct {
    i64 digits;                        /* bytes that may be one, ASCII or not */
    int escapes;                       /* is there a sign that machines write others with */
    int token;                         /* eleven letters and digits or more in a row */
    int pairs;                         /* do five pairs of digits stand close together, as hexadecimal bytes of ten digits do */
} outline;

static u64 runs_of_eleven(u64 m) { return runs_of_eight(m) & m >> 8 & m >> 9 & m >> 10; }

/* `room`: how many bytes may be read from p on. */
static outline outlined(const u8 *p, i64 n, i64 room) {
    outline o = {0, 0, 0, 0};
    u64 carried = 0;                   /* letters and digits at the end of the block before */
    for (i64 base = 0; base < n; base += 64) {
        u8 rest[64];
        i64 left = n - base;
        const u8 *block = block_of(p + base, room - base < 64 ? left < 64 ? left : 64 : 64, rest);
        u64 live = left < 64 ? ((u64)1 << left) - 1 : ~(u64)0;
        u64 digit = digits64(block), wordy = (digit | letters64(block)) & live;
        o.digits += __builtin_popcountll((digit | high64(block)) & live);
        o.pairs |= __builtin_popcountll(digit & ~(digit << 1) & digit >> 1 & ~(digit >> 2) & live) >= 5;
        u64 marks = equal64(block, '&') | equal64(block, '%') | equal64(block, '\\') | equal64(block, '<') | equal64(block, '=');
        u64 lines = equal64(block, '_') & live; /* _x000D_: where the x lies in the next block, it is read rather than looked for */
        if (lines) marks |= lines & ((equal64(block, 'x') | equal64(block, 'X')) >> 1 | (u64)1 << 63);
        o.escapes |= (marks & live) != 0;
        o.token |= runs_of_eleven(wordy) != 0;
        if (~wordy) {
            u64 leading = (u64)__builtin_ctzll(~wordy);
            o.token |= carried + leading >= 11;
            carried = (u64)__builtin_clzll(~wordy);
        } else o.token = 1;
    }
    return o;
}

enum { FEWEST = 9 /* digits: scientific notation leaves out noughts */ };

static int is_worth_reading(const u8 *p, i64 n, i64 room) {
    outline o = outlined(p, n, room);
    return o.digits >= FEWEST || o.token;
}

enum { READING = 4096, OVERLAP = 128, DEEPEST = 4 };

static met read_deeper(sight *s, const u8 *p, i64 n, int depth);

/* What a reading comes to is taken where the readings before came to nothing; counts of whom it names are kept anyway. */
static void better(met *so_far, met here) {
    if (!so_far->valid && here.inside) *so_far = here;
}

static void read_undone(sight *s, const u8 *p, i64 n, int depth, met *m) {
    u8 out[READING];
    for (i64 at = 0; at < n; at += READING - OVERLAP) {
        i64 length = n - at < READING ? n - at : READING;
        int changed = 0;
        i64 left;
        for (enum sign sign = OF_MARKUP; sign < SIGNS; sign++) {
            left = undone(p + at, length, sign, out, &changed);
            if (changed) better(m, read_deeper(s, out, left, depth + 1));
        }
        left = without_control_words(p + at, length, out, &changed);
        if (changed) better(m, read_deeper(s, out, left, depth + 1));
        if (at + length == n) break;
    }
}

/* Is it worth reading? What is no text has hardly eight digits, and bytes that no text has. */
static int is_text(const u8 *p, i64 n) {
    i64 digits = 0, odd = 0;
    for (i64 at = 0; at < n; at++) {
        digits += (u8)(p[at] - '0') <= 9;
        odd += p[at] >= 127 || (p[at] < 32 && p[at] != '\n' && p[at] != '\r' && p[at] != '\t');
    }
    return digits >= 8 || !odd;
}

static void read_decoded(sight *s, const u8 *p, i64 n, int depth, met *m) { /* base64 */
    u8 out[READING / 4 * 3];
    for (i64 at = 0, line = 0; at < n; line = 40) {
        i64 used = 0, length = base64(p + at, n - at, line, out, sizeof out, &used);
        if (is_text(out, length)) better(m, read_deeper(s, out, length, depth + 1));
        if (length < (i64)sizeof out || used <= 0) return;
        i64 back = 0;                  /* a number may lie across: 24 bytes are read again */
        for (at += used; back < 32 && at > 0;) back += sextet(p[--at]) >= 0;
    }
}

static void read_hex(sight *s, const u8 *p, i64 n, int depth, met *m) { /* two digits a byte */
    u8 out[READING / 2];
    for (i64 at = 0; at < n;) {
        i64 length = 0;
        for (; length < READING / 2 && at + 2 * length < n; length++)
            out[length] = (u8)(hex(p[at + 2 * length]) << 4 | hex(p[at + 2 * length + 1]));
        if (is_text(out, length)) better(m, read_deeper(s, out, length, depth + 1));
        at += 2 * length;
        if (at < n) at -= 2 * 32;
    }
}

/* 39 39 34: bytes in two digits each, with little between them and 0x before them or not. */
static void read_pairs(sight *s, const u8 *p, i64 n, int depth, met *m) {
    u8 out[READING / 4];
    i64 length = 0, last = 0;          /* where the last pair ended */
    for (i64 at = 0; at + 1 < n; at++) {
        int apart = at == 0 || !is_alphanumeric(p[at - 1]) || (at >= 2 && (p[at - 1] | 32) == 'x' && p[at - 2] == '0');
        if (!apart || hex(p[at]) < 0 || hex(p[at + 1]) < 0 || (at + 2 < n && is_alphanumeric(p[at + 2]))) continue;
        if (length && (at - last > 5 || length == (i64)sizeof out)) {
            if (length >= 10 && is_text(out, length)) better(m, read_deeper(s, out, length, depth + 1));
            length = 0;
        }
        out[length++] = (u8)(hex(p[at]) << 4 | hex(p[at + 1]));
        last = at + 2;
        at++;
    }
    if (length >= 10 && is_text(out, length)) better(m, read_deeper(s, out, length, depth + 1));
}

/* A whole number in base sixteen: 0x253ba1108, or filled with noughts to the length of a type. */
static void read_hex_number(sight *s, const u8 *p, i64 n, int marked, met *m) {
    i64 zeros = 0;
    u64 value = 0;
    while (zeros < n && p[zeros] == '0') zeros++;
    if (n - zeros < 8 || n - zeros > 9 || (!marked && zeros < 2)) return;
    for (i64 k = zeros; k < n; k++) value = value << 4 | (u64)hex(p[k]);
    if (value < 1000000000u || value > 9999999999u) return;
    if (!marked) {
        u8 ten[10];
        for (int k = 9; k >= 0; k--, value /= 10) ten[k] = (u8)(value % 10);
        weigh(s, KEY(PLAIN_HEX, n), ten, FOR_SOMEBODY, 1);
        return;
    }
    walk w;
    __builtin_memset(&w, 0, sizeof w);
    w.s = s;
    commit(&w, value, 0, 0);
    w.m.letters = w.m.spent;
    better(m, w.m);
}

/* Letters and digits in a row: what they may be the code of. */
static void read_token(sight *s, const u8 *p, i64 n, int depth, met *m) {
    i64 digits = 0, from = 0;
    if (n >= 10 && p[0] == '0' && (p[1] | 32) == 'x') from = 2;
    else if (n && (p[0] | 32) == 'x') from = 1;
    while (from + digits < n && hex(p[from + digits]) >= 0) digits++;
    i64 behind = n - from - digits;
    int is_all = !behind || (behind == 1 && ((p[n - 1] | 32) == 'h' || (p[n - 1] | 32) == 'l'));
    if (!behind && digits % 2 == 0 && digits >= 20) read_hex(s, p + from, digits, depth, m);
    if (is_all && digits >= 8 && digits <= 40) read_hex_number(s, p + from, digits, from == 2, m);
    if (n >= 14) read_decoded(s, p, n, depth, m);
}

/* Where base64 that stands at `end` goes on: long lines belong together. */
static i64 last_line(const u8 *p, i64 n, i64 begin, i64 end) {
    while (end - begin >= 40 && end < n && (p[end] == '\n' || (p[end] == '\r' && end + 1 < n && p[end + 1] == '\n'))) {
        i64 next = end + 1 + (p[end] == '\r'), stop = next;
        while (stop < n && sextet(p[stop]) >= 0) stop++;
        if (stop == next) break;
        end = stop;
    }
    return end;
}

static void read_tokens(sight *s, const u8 *p, i64 n, int depth, met *m) {
    i64 done = 0;
    for (i64 base = 0; base < n; base += 64 - 10) { /* a run of eleven lies in one block whole */
        u8 rest[64];
        i64 left = n - base;
        const u8 *block = block_of(p + base, left, rest);
        for (u64 runs = runs_of_eleven(digits64(block) | letters64(block)); runs; runs &= runs - 1) {
            i64 begin = base + __builtin_ctzll(runs), end = begin;
            if (begin < done) continue;
            while (begin > done && sextet(p[begin - 1]) >= 0) begin--;
            while (end < n && sextet(p[end]) >= 0) end++;
            done = last_line(p, n, begin, end);
            read_token(s, p + begin, done - begin, depth, m);
        }
    }
}

/* A cell, or what one stands for, in all its readings. */
static met read_deeper(sight *s, const u8 *p, i64 n, int depth) {
    outline o = outlined(p, n, n);
    met m;
    __builtin_memset(&m, 0, sizeof m);
    if (o.digits >= FEWEST) m = looked_at(s, p, n);
    if (depth == DEEPEST) return m;
    if (o.escapes && o.digits >= FEWEST) read_undone(s, p, n, depth, &m);
    if (o.token) read_tokens(s, p, n, depth, &m);
    if (o.pairs) read_pairs(s, p, n, depth, &m);
    return m;
}

static void counted_whole(sight *s, int valid, u32 person) {
    i64 *count = s->count;
    count[WHOLE]++;
    count[WHOLE_VALID] += valid;
    count[WHOLE_LIKELY] += valid && likely(person);
    count[WHOLE_ENGLISH] += valid && english(person);
    count[WHOLE_CHI] += valid && a_day(person);
}

static void taken(sight *s, const u8 *p, i64 n) {
    u32 person = NOBODY;
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
        counted_whole(s, place(s, value, &person) == VALID, person);
        return;
    }
    if (n == 9) {
        u32 sum = 0, nine = 0, digits = 0;
        for (int k = 0; k < 9; k++) { u32 d = (u32)p[k] - '0'; digits += d <= 9; sum += d * (u32)(9 - k); nine = nine * 10 + d; }
        if (digits == 9) {
            count[NINE]++;
            count[NINE_CHI] += sum % 11 == 0 && a_day(nine / 10);
            return;
        }
    }
    u64 value = 0;
    int raised_to = power(p, n, &value);
    if (raised_to == 2) { count[POWERS]++; return; }
    if (raised_to == 1) {
        int valid = place(s, value, &person) == VALID;
        counted_whole(s, valid, person);
        count[DISGUISED] += valid;
        return;
    }
    s->first_reading = s->reading + 1;
    met m = read_deeper(s, p, n, 0);
    if (!m.inside) return;
    if (m.inside == 1 && m.letters == m.spent) {
        u32 who;
        count[WHOLE]++;
        count[WHOLE_VALID] += m.first_valid;
        count[WHOLE_LIKELY] += m.first_likely;
        count[WHOLE_ENGLISH] += m.first_english;
        count[WHOLE_CHI] += m.first_chi;
        count[DISGUISED] += m.first_valid && read_cell(p, n, 0, &who) != VALID;
        return;
    }
    count[INSIDE] += m.inside;
    count[INSIDE_VALID] += m.valid;
    count[INSIDE_LIKELY] += m.likely;
    count[INSIDE_CHI] += m.chi;
    count[FORMED] += m.formed;
    count[FORMED_VALID] += m.formed_valid;
    count[NAMED_VALID] += m.named;
    if (m.likely || m.named) { count[HOLDING]++; count[AROUND] += m.letters - m.spent; }
}

/* Looks at every cell of one column. */
EXPORT void ndoo_sight(const cells *c, i64 rows, sight *s) {
    s->count[ROWS] += rows;
    for (i64 i = 0; i < rows; i++) {
        i64 at = i * c->stride, n = c->end[at] - c->begin[at];
        if (!s->unfit || n >= 10) taken(s, c->buf + c->begin[at], n);
    }
}
