/* Rows of text and of columns: cells that nobody classified, each by itself and those side by side together.
 *
 * Part of _kernel.c, which includes it after _readings.c. */

enum { MOST_BESIDE = 10 };

typedef struct { /* cells in a row that are nothing but a few digits */
    u8 digit[MOST_BESIDE][10];
    i32 length[MOST_BESIDE];
    i32 cells, digits, first;          /* how many, their digits together, the column of the first */
    i32 of_a_list;                     /* they are of one column */
} beside;

static void drop_first(beside *b) {
    b->digits -= b->length[0];
    b->first++;
    b->cells--;
    for (i32 k = 0; k < b->cells; k++) {
        b->length[k] = b->length[k + 1];
        __builtin_memcpy(b->digit[k], b->digit[k + 1], 10);
    }
}

/* Another cell, of column `at`, of 1 to 9 digits; where ten are together, they are weighed. */
static void add_beside(beside *b, i32 at, const u8 *digit, i32 length, mention *of, sight *s) {
    while (b->cells && (b->digits + length > 10 || b->cells == MOST_BESIDE)) drop_first(b);
    if (!b->cells || b->of_a_list) b->first = at;
    __builtin_memcpy(b->digit[b->cells], digit, (size_t)length);
    b->length[b->cells++] = length;
    b->digits += length;
    if (b->digits != 10 || b->cells < 2) return;
    u8 ten[10];
    u32 begins = 0;
    for (i32 k = 0, n = 0; k < b->cells; k++) {
        begins |= 1u << n;
        __builtin_memcpy(ten + n, b->digit[k], (size_t)b->length[k]);
        n += b->length[k];
    }
    s->into = of + b->first;
    s->column = (u32)b->first + 1;
    int as_written = begins == (1u << 0 | 1u << 3 | 1u << 6);
    weigh(s, KEY(SIDE_BY_SIDE, begins), ten, as_written ? FOR_ANYBODY : FOR_SOMEBODY, b->of_a_list ? 1 : (u32)b->cells);
}

/* The digits of a cell that is a few digits and nothing else but blanks and quotes; 0 where it is not, or has more than nine. */
static i32 few_digits(const u8 *p, i64 n, u8 *digit) {
    i32 k = 0;
    for (i64 at = 0; at < n; at++) {
        u32 d = (u32)p[at] - '0';
        if (d <= 9) { if (k == 9) return 0; digit[k++] = (u8)d; }
        else if (p[at] != ' ' && p[at] != '"' && p[at] != '\r' && p[at] != 0) return 0;
    }
    return k;
}

typedef struct { /* a column of a batch, or the values of a column of lists */
    const u8 *buf;
    const i64 *begin, *end;            /* its cells as text; or null, */
    const i64 *value;                  /* and its whole numbers; both null: nothing that could be a part */
    i64 stride;                        /* from one cell's begin and end to the next */
} side;

static i32 part_of(const side *c, i64 i, u8 *digit) {
    if (c->begin) {
        i64 at = i * c->stride, n = c->end[at] - c->begin[at];
        return n <= 24 ? few_digits(c->buf + c->begin[at], n, digit) : 0;
    }
    if (!c->value || c->value[i] < 0 || c->value[i] > 999999999) return 0;
    u8 back[10];
    i32 n = 0;
    i64 v = c->value[i];
    do { back[n++] = (u8)(v % 10); v /= 10; } while (v);
    for (i32 k = 0; k < n; k++) digit[k] = back[n - 1 - k];
    return n;
}

/* Could any cell of this column be a part of a number? */
EXPORT i32 ndoo_parts(const side *c, i64 rows) {
    u8 digit[10];
    for (i64 i = 0; i < rows; i++)
        if (part_of(c, i, digit)) return 1;
    return 0;
}

/* Cells side by side in the rows of a batch of `columns` columns. */
EXPORT void ndoo_beside(const side *c, i32 columns, i64 rows, mention *of, sight *s) {
    for (i64 i = 0; i < rows; i++) {
        beside b = {.cells = 0, .digits = 0};
        for (i32 at = 0; at < columns; at++) {
            u8 digit[10];
            i32 length = part_of(c + at, i, digit);
            if (length) add_beside(&b, at, digit, length, of, s);
            else b.cells = b.digits = 0;
        }
    }
}

/* Values side by side in the lists of one column, number `column`: list i has the values offset[i] to offset[i + 1]. */
EXPORT void ndoo_beside_in_lists(const side *c, const i64 *offset, i64 rows, i32 column, mention *of, sight *s) {
    for (i64 i = 0; i < rows; i++) {
        beside b = {.cells = 0, .digits = 0, .of_a_list = 1};
        for (i64 at = offset[i]; at < offset[i + 1]; at++) {
            u8 digit[10];
            i32 length = part_of(c, at, digit);
            if (length) add_beside(&b, column, digit, length, of, s);
            else b.cells = b.digits = 0;
        }
    }
}

/* Where does a cell begin that is a day and nothing else, as most cells of ten characters are? Of those that lie in the block. */
static u64 days(u64 digit, const u8 *p, u64 edges) {
    u64 part = equal64(p, '-') | equal64(p, '/'), two = digit & digit >> 1, four = two & two >> 2;
    u64 iso = four & part >> 4 & two >> 5 & part >> 7 & two >> 8, english = two & part >> 2 & two >> 3 & part >> 5 & four >> 6;
    return (iso | english) & edges << 1 & edges >> 10;
}

static void add_cell(beside *b, i32 at, const u8 *known, const u8 *p, i64 n, mention *of, sight *s) {
    u8 digit[10];
    i32 length = known[at] || n > 24 ? 0 : few_digits(p, n, digit);
    if (length) add_beside(b, at, digit, length, of, s);
    else b->cells = b->digits = 0;
}

/* Whole rows of delimited text that ndoo_rows has been through: looks at every cell of each of the `fields` columns that
 * `known` does not name, for numbers of people who may not be released (s->unfit), and counts them in `of`. */
EXPORT void ndoo_mentions(const u8 *buf, i64 len, i32 delimiter, i32 quotes, i32 fields, const u8 *known, mention *of,
                          sight *s) {
    u64 quoted = 0, close = 0; /* which of the ten bytes before this block are edges, the last one lowest */
    u64 soiled = 0;            /* the cell that this block begins in has something that is no digit */
    i64 begin = 0;
    i64 previous_from = 0, previous_to = -2; /* the last cell of digits, blanks and quotes */
    i32 field = 0, paired = 0;
    beside b = {.cells = 0, .digits = 0};
    for (i64 base = 0; base <= len; base += 64) {
        u8 last[64];
        const u8 *p = buf + base;
        i64 left = len - base;
        if (left < 64) { /* what comes last has a line end, or is given one */
            for (int k = 0; k < 64; k++) last[k] = k < left ? p[k] : k == left ? '\n' : 'a';
            p = last;
        }
        u64 newline = equal64(p, '\n'), edges = newline | equal64(p, (u8)delimiter), quote = equal64(p, '"');
        u64 digit = digits64(p), clean = digit | quote | equal64(p, ' ') | equal64(p, '\r');
        if (quotes && (quote | quoted)) {
            u64 in = inside_quotes(quote) ^ quoted;
            quoted = (u64)0 - (in >> 63);
            edges &= ~in;
            newline &= edges;
        }
        u64 wordy = digit | letters64(p), eleven = runs_of_eleven(wordy);
        u64 maybe = digit | high64(p);
        u64 near = edges << 1; /* an edge among the ten bytes before: the cell between is too short */
        near |= near << 1;
        near |= near << 2;
        near |= near << 4;
        near |= edges << 9 | edges << 10 | close;
        for (u64 ends = edges & ~near & ~(days(digit, p, edges) << 10); ends; ends &= ends - 1) {
            u64 end = ends & (0 - ends), before = edges & (end - 1), rows = newline & (end - 1);
            i64 from = begin;
            if (before) { /* it lies in this block */
                i32 since = 64 - __builtin_clzll(before);
                u64 here = (end - 1) & ~(u64)0 << since;
                if (__builtin_popcountll(maybe & here) < FEWEST && !(eleven & here)) continue;
                from = base + since;
            } else if (!is_worth_reading(buf + from, base + __builtin_ctzll(end) - from, len - from)) continue;
            if (rows) before &= ~(u64)0 << 1 << (63 - __builtin_clzll(rows));
            i64 at = (rows ? 0 : field) + __builtin_popcountll(before), to = base + __builtin_ctzll(end);
            if (at >= fields || known[at]) continue;
            s->into = of + at;
            s->column = (u32)at + 1;
            taken(s, buf + from, to - from);
        }
        u64 inner = ~edges, dirt = inner & ~clean, sum = inner + dirt, whole = sum + soiled; /* a carry out of a cell marks its end */
        soiled = (sum < inner) | (whole < sum);
        for (u64 ends = edges & ~whole; ends; ends &= ends - 1) { /* cells of digits, blanks and quotes */
            u64 end = ends & (0 - ends), before = edges & (end - 1), rows = newline & (end - 1);
            i64 to = base + __builtin_ctzll(end), from = before ? base + 64 - __builtin_clzll(before) : begin;
            i64 beside_from = previous_from, beside_to = previous_to;
            previous_from = from;
            previous_to = to > from ? to : -2;
            if (from != beside_to + 1 || to == from) { paired = 0; continue; }
            if (rows) before &= ~(u64)0 << 1 << (63 - __builtin_clzll(rows));
            i64 at = (rows ? 0 : field) + __builtin_popcountll(before);
            if (at == 0 || at >= fields) { paired = 0; continue; } /* the one before is of another row */
            if (!paired) {
                b.cells = b.digits = 0;
                add_cell(&b, (i32)at - 1, known, buf + beside_from, beside_to - beside_from, of, s);
            }
            add_cell(&b, (i32)at, known, buf + from, to - from, of, s);
            paired = 1;
        }
        if (edges) {
            i32 since = 63 - __builtin_clzll(edges);
            begin = base + since + 1;
            u64 after = newline ? edges & ~(u64)0 << 1 << (63 - __builtin_clzll(newline)) : edges;
            field = (newline ? 0 : field) + __builtin_popcountll(after);
        }
        close = edges >> 54 ? ((u64)1 << (10 - __builtin_clzll(edges))) - 1 : 0; /* what the last edge makes near in the next block */
    }
}
