/* Columnar data. Which values do chosen rows of an Arrow array show? What is written of an array is built from these alone: no slack of a buffer,
 * no value under a null, nothing that another row owns.
 *
 * Freestanding C11, loaded with ctypes. Every function works in the buffers that its caller hands it: nothing is allocated and
 * nothing is kept. The Python side (columnar_kernel.py) is the only caller, and hands over arrays that were validated in full.
 *
 * A row is its number in the buffers; -1 is a row that shows nothing: its values are zero bytes, and it has no items. Every
 * byte of what is written to is set. */
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;

#define EXPORT __attribute__((visibility("default")))

static int set(const u8 *bits, i64 at) { return bits[at >> 3] >> (at & 7) & 1; }

static i64 number(const void *from, i32 wide, i64 at) { return wide ? ((const i64 *)from)[at] : ((const i32 *)from)[at]; }

/* The numbers of the bits that are set, of all where `bits` is NULL, and how many there are. */
EXPORT i64 ndoo_rows_set(const u8 *bits, i64 n, i64 *rows) {
    i64 count = 0;
    for (i64 at = 0; at < n; at++) {
        rows[count] = at;
        count += bits ? set(bits, at) : 1;
    }
    return count;
}

/* Adds up `n` digests of SHA-256, each in 64 hexadecimal digits behind the one before, in four pieces of 60 bits: of piece k the lower half into
 * sums[2 k], the upper into sums[2 k + 1]. The last four digits are left out. Returns the first that is none, and -1 where all are. */
EXPORT i64 ndoo_add_digests(const u8 *digits, i64 n, u64 *sums) {
    for (i64 i = 0; i < n; i++)
        for (i64 piece = 0; piece < 4; piece++) {
            u64 value = 0;
            for (i64 k = 0; k < 15; k++) {
                u8 digit = digits[64 * i + 15 * piece + k];
                u32 is_letter = (u32)(digit - 'a') < 6, is_digit = (u32)(digit - '0') < 10;
                if (!is_letter && !is_digit) return i;
                value = value << 4 | (u64)(is_letter ? digit - 'a' + 10 : digit - '0');
            }
            sums[2 * piece] += value & 0x3FFFFFFF;
            sums[2 * piece + 1] += value >> 30;
        }
    return -1;
}

/* Those of `rows` that are not null, each moved by `by`; the others show nothing. Returns how many do. */
EXPORT i64 ndoo_rows_valid(const u8 *validity, i64 first, const i64 *rows, i64 n, i64 by, i64 *out) {
    i64 nothing = 0;
    for (i64 i = 0; i < n; i++) {
        out[i] = rows[i] < 0 || (validity && !set(validity, first + rows[i])) ? -1 : rows[i] + by;
        nothing += out[i] < 0;
    }
    return nothing;
}

EXPORT void ndoo_rows_validity(const i64 *rows, i64 n, u8 *bits) {
    for (i64 base = 0; base < n; base += 8) {
        u32 byte = 0;
        for (i64 k = 0; k < 8 && base + k < n; k++) byte |= (u32)(rows[base + k] >= 0) << k;
        bits[base >> 3] = (u8)byte;
    }
}

EXPORT void ndoo_rows_bits(const u8 *values, const i64 *rows, i64 n, u8 *bits) {
    for (i64 base = 0; base < n; base += 8) {
        u32 byte = 0;
        for (i64 k = 0; k < 8 && base + k < n; k++)
            if (rows[base + k] >= 0) byte |= (u32)set(values, rows[base + k]) << k;
        bits[base >> 3] = (u8)byte;
    }
}

#define GATHERED(TYPE)                                                                        \
    for (i64 i = 0; i < n; i++) ((TYPE *)out)[i] = rows[i] < 0 ? 0 : ((const TYPE *)values)[rows[i]]

EXPORT void ndoo_rows_values(const u8 *values, i64 width, const i64 *rows, i64 n, u8 *out) {
    if (width == 8) { GATHERED(u64); }
    else if (width == 4) { GATHERED(u32); }
    else if (width == 2) { GATHERED(u16); }
    else if (width == 1) { GATHERED(u8); }
    else
        for (i64 i = 0; i < n; i++, out += width) {
            if (rows[i] < 0) __builtin_memset(out, 0, (size_t)width);
            else __builtin_memcpy(out, values + rows[i] * width, (size_t)width);
        }
}

/* How many items each row shows, as offsets from 0 (n + 1 of them); -1 where they are too many for their width. `sizes` is NULL
 * where a row's items end where the next one's begin. */
EXPORT i64 ndoo_rows_offsets(const void *offsets, const void *sizes, i32 wide, const i64 *rows, i64 n, void *out) {
    i64 total = 0;
    for (i64 i = 0; i <= n; i++) {
        if (wide) ((i64 *)out)[i] = total;
        else ((i32 *)out)[i] = (i32)total;
        if (i < n && rows[i] >= 0)
            total += sizes ? number(sizes, wide, rows[i]) : number(offsets, wide, rows[i] + 1) - number(offsets, wide, rows[i]);
        if (!wide && total > INT32_MAX) return -1;
    }
    return total;
}

/* The bytes of each row, one behind the other. */
EXPORT void ndoo_rows_bytes(const u8 *data, const void *offsets, i32 wide, const i64 *rows, i64 n, u8 *out) {
    for (i64 i = 0; i < n; i++) {
        if (rows[i] < 0) continue;
        const u8 *from = data + number(offsets, wide, rows[i]), *to = data + number(offsets, wide, rows[i] + 1);
        while (to - from >= 8) { __builtin_memcpy(out, from, 8); out += 8; from += 8; }
        while (from < to) *out++ = *from++;
    }
}

/* The rows of the items of each row, one behind the other. */
EXPORT void ndoo_rows_items(const void *offsets, const void *sizes, i32 wide, const i64 *rows, i64 n, i64 *out) {
    for (i64 i = 0; i < n; i++) {
        if (rows[i] < 0) continue;
        i64 from = number(offsets, wide, rows[i]);
        i64 to = sizes ? from + number(sizes, wide, rows[i]) : number(offsets, wide, rows[i] + 1);
        while (from < to) *out++ = from++;
    }
}

/* The same where every row has as many items; a row that shows nothing has them too, and they show nothing. */
EXPORT void ndoo_rows_slots(i64 size, const i64 *rows, i64 n, i64 *out) {
    for (i64 i = 0; i < n; i++)
        for (i64 k = 0; k < size; k++) *out++ = rows[i] < 0 ? -1 : rows[i] * size + k;
}

/* How long the bytes of each row of a view are: a view is 16 bytes, of which the first four say so. 0 where it is null. */
EXPORT void ndoo_view_lengths(const u8 *views, const u8 *validity, i64 first, i64 n, i64 *out) {
    for (i64 i = 0; i < n; i++) out[i] = validity && !set(validity, first + i) ? 0 : ((const i32 *)views)[4 * (first + i)];
}

/* ---- the footer of a Parquet file --------------------------------------------------------------- */

/* Thrift's compact protocol (parquet.thrift). Reading ends for good at the first byte that cannot be. */
typedef struct { const u8 *at, *end; int bad; } footer;

enum { STOP = 0, TRUE = 1, FALSE = 2, BYTE = 3, DOUBLE = 7, BINARY = 8, LIST = 9, SET = 10, STRUCT = 12 };
#define DEEPEST 16

static u64 varint(footer *f) {
    u64 value = 0;
    for (int by = 0; by < 64 && f->at < f->end; by += 7) {
        u8 byte = *f->at++;
        value |= (u64)(byte & 0x7F) << by;
        if (byte < 0x80) return value;
    }
    f->bad = 1;
    return 0;
}

static void over(footer *f, u64 bytes) {
    if (bytes > (u64)(f->end - f->at)) f->bad = 1;
    else f->at += bytes;
}

/* The next field of a structure: its type, or STOP behind the last; `id` is that of the one before, and becomes its own. */
static int field(footer *f, i64 *id) {
    if (f->bad || f->at == f->end) { f->bad = 1; return STOP; }
    u8 head = *f->at++;
    if ((head & 15) == STOP) return STOP;
    u64 raw = head >> 4 ? 0 : varint(f);
    *id = head >> 4 ? *id + (head >> 4) : (i64)(raw >> 1) ^ -(i64)(raw & 1);
    return head & 15;
}

static u64 items(footer *f, int *type) {
    u8 head = f->at < f->end ? *f->at++ : (u8)(f->bad = 1);
    *type = head & 15;
    u64 many = head >> 4 == 15 ? varint(f) : head >> 4;
    if (many > (u64)(f->end - f->at)) f->bad = 1; /* each takes a byte at least */
    return f->bad ? 0 : many;
}

static void skip(footer *f, int type, int listed, int deep) {
    i64 id = 0;
    int inner;
    if (deep > DEEPEST) f->bad = 1;
    if (f->bad) return;
    if (type == TRUE || type == FALSE) { if (listed) over(f, 1); }
    else if (type == BYTE) over(f, 1);
    else if (type < DOUBLE) varint(f);
    else if (type == DOUBLE) over(f, 8);
    else if (type == BINARY) over(f, varint(f));
    else if (type == LIST || type == SET) for (u64 many = items(f, &inner); many-- && !f->bad;) skip(f, inner, 1, deep + 1);
    else if (type == STRUCT) while ((inner = field(f, &id))) skip(f, inner, 0, deep + 1);
    else f->bad = 1; /* no structure of Parquet has a map */
}

typedef struct { i64 rows, chunks; } group; /* how many columns it has */
typedef struct { i64 values, unpacked, max_at, max_length; u32 type, codec, encodings, marks; } chunk;
typedef struct { i64 groups, chunks; i32 encrypted; } told;

enum { HAS_DICTIONARY = 1, HAS_STATISTICS = 2, HAS_PAGE_COUNTS = 4, HAS_PLAIN_PAGES = 8 };
enum { PLAIN_DICTIONARY = 2, RLE_DICTIONARY = 8 };

static i64 whole(footer *f) { u64 raw = varint(f); return (i64)(raw >> 1) ^ -(i64)(raw & 1); }

static void statistics(footer *f, const u8 *start, chunk *c) {
    i64 id = 0;
    for (int type; (type = field(f, &id));) {
        c->marks |= HAS_STATISTICS;
        if ((id != 1 && id != 5) || type != BINARY) { skip(f, type, 0, 1); continue; } /* max, max_value */
        c->max_length = (i64)varint(f);
        c->max_at = f->at - start;
        over(f, (u64)c->max_length);
    }
}

static void page_counts(footer *f, chunk *c) { /* list<PageEncodingStats> */
    int listed;
    for (u64 many = items(f, &listed); many-- && !f->bad;) {
        i64 id = 0, page = 0, encoding = 0;
        for (int type; (type = field(f, &id));) {
            if (id == 1 && type == 5) page = whole(f);
            else if (id == 2 && type == 5) encoding = whole(f);
            else skip(f, type, 0, 1);
        }
        c->marks |= HAS_PAGE_COUNTS;
        if ((page == 0 || page == 3) && encoding != PLAIN_DICTIONARY && encoding != RLE_DICTIONARY) c->marks |= HAS_PLAIN_PAGES;
    }
}

static void column(footer *f, const u8 *start, chunk *c) { /* ColumnMetaData */
    i64 id = 0;
    int listed;
    for (int type; (type = field(f, &id));) {
        if (id == 1 && type == 5) c->type = (u32)whole(f);
        else if (id == 2 && type == LIST)
            for (u64 many = items(f, &listed); many-- && !f->bad;) c->encodings |= 1u << (whole(f) & 31);
        else if (id == 4 && type == 5) c->codec = (u32)whole(f);
        else if (id == 5 && type == 6) c->values = whole(f);
        else if (id == 6 && type == 6) c->unpacked = whole(f);
        else if (id == 12 && type == STRUCT) statistics(f, start, c);
        else if (id == 13 && type == LIST) page_counts(f, c);
        else {
            if (id == 11) c->marks |= HAS_DICTIONARY;
            skip(f, type, 0, 0);
        }
    }
    if (c->encodings & (1u << PLAIN_DICTIONARY | 1u << RLE_DICTIONARY)) c->marks |= HAS_DICTIONARY;
}

static i64 columns(footer *f, const u8 *start, chunk *chunks, told *t) { /* list<ColumnChunk> */
    int listed;
    i64 found = 0;
    for (u64 many = items(f, &listed); many-- && !f->bad; found++) {
        i64 id = 0;
        chunk spare = {0}, *c = chunks ? chunks + t->chunks : &spare;
        *c = spare;
        for (int type; (type = field(f, &id));) {
            t->encrypted |= id >= 8; /* crypto_metadata, encrypted_column_metadata */
            if (id == 3 && type == STRUCT) column(f, start, c);
            else skip(f, type, 0, 0);
        }
        t->chunks++;
    }
    return found;
}

/* What a footer says of its groups of rows and their columns. Call it with NULL to count them, then with room for so many. Returns
 * 0 where the bytes are no footer. */
EXPORT i32 ndoo_parquet_footer(const u8 *bytes, i64 n, group *groups, chunk *chunks, told *t) {
    footer f = {bytes, bytes + n, 0};
    i64 id = 0;
    *t = (told){0};
    for (int type, listed; (type = field(&f, &id));) {
        t->encrypted |= id == 8; /* FileMetaData.encryption_algorithm */
        if (id != 4 || type != LIST) { skip(&f, type, 0, 0); continue; }
        for (u64 many = items(&f, &listed); many-- && !f.bad; t->groups++) { /* list<RowGroup> */
            i64 of_group = 0;
            group g = {0};
            while ((type = field(&f, &of_group))) {
                if (of_group == 1 && type == LIST) g.chunks += columns(&f, bytes, chunks, t);
                else if (of_group == 3 && type == 6) g.rows = whole(&f);
                else skip(&f, type, 0, 0);
            }
            if (groups) groups[t->groups] = g;
        }
    }
    return !f.bad;
}
