/* What machines write for characters that they do not trust, written plainly again.
 *
 * Part of _kernel.c, which includes it. Each function reads one text and writes what it stands for into room of the same
 * size: nothing grows. What a text means is not known, so each reading is one more text to search and never the only one. */

enum { MARK = 2 /* stands for a tag or a control word: whatever it parts belongs together */, LONGEST_NAME = 33 /* of an entity, and its & */ };

static i32 hex(u8 c) {
    if (c >= '0' && c <= '9') return c - '0';
    u8 low = c | 32;
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static int is_letter(u8 c) { u8 low = c | 32; return low >= 'a' && low <= 'z'; }
static int is_alphanumeric(u8 c) { return is_letter(c) || (u8)(c - '0') <= 9; }

static int same_word(const u8 *p, i64 n, const char *word) {
    i64 k = 0;
    for (; k < n && word[k]; k++)
        if ((p[k] | 32) != (u8)word[k]) return 0;
    return k == n && !word[k];
}

/* A character as UTF-8, which is never longer than any of its escapes. */
static i64 put_point(u32 point, u8 *out) {
    if (point < 0x80) { out[0] = (u8)point; return 1; }
    if (point < 0x800) { out[0] = (u8)(0xC0 | point >> 6); out[1] = (u8)(0x80 | (point & 0x3F)); return 2; }
    if (point < 0x10000) {
        out[0] = (u8)(0xE0 | point >> 12); out[1] = (u8)(0x80 | (point >> 6 & 0x3F)); out[2] = (u8)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (u8)(0xF0 | (point >> 18 & 7)); out[1] = (u8)(0x80 | (point >> 12 & 0x3F));
    out[2] = (u8)(0x80 | (point >> 6 & 0x3F)); out[3] = (u8)(0x80 | (point & 0x3F));
    return 4;
}

static i32 digits_in(const u8 *p, i64 left, i32 most, u32 base, u32 *value) { /* how many digits of this base stand here */
    i32 k = 0;
    *value = 0;
    for (; k < most && k < left; k++) {
        i32 d = hex(p[k]);
        if (d < 0 || (u32)d >= base) break;
        *value = *value * base + (u32)d;
    }
    return k;
}

/* A character in four digits of base 16; or in twice four, parted by `mark`, where the first are half of one only. Returns how much
 * was read, 0 where none stands here. */
static i64 four_or_eight(const u8 *p, i64 left, const char *mark, u32 *point) {
    u32 low = 0;
    if (digits_in(p, left, 4, 16, point) != 4) return 0;
    if (*point >> 10 != 0xD800 >> 10 || left < 10 || p[4] != (u8)mark[0] || (p[5] | 32) != (u8)mark[1]) return 4;
    if (digits_in(p + 6, left - 6, 4, 16, &low) != 4 || low >> 10 != 0xDC00 >> 10) return 4;
    *point = 0x10000 + ((*point & 0x3FF) << 10 | (low & 0x3FF));
    return 10;
}

static i64 tag_length(const u8 *p, i64 left) { /* 0 where no tag begins here */
    if (left < 3) return 0;
    u8 low = p[1] | 32;
    if (!((low >= 'a' && low <= 'z') || p[1] == '/' || p[1] == '!' || p[1] == '?')) return 0;
    for (i64 k = 2; k < left && k < 1024; k++)
        if (p[k] == '>') return k + 1;
    return 0;
}

/* A number that no semicolon ends, and digits may follow that do not belong to it: the longest that is a separator. 0: none. */
static i32 open_reference(const u8 *p, i64 left, u32 base, u32 *point) {
    static const u16 separators[] = {9, 10, 13, 32, 45, 46, 47, 95, 160, 173, 8194, 8195, 8201, 8208, 8209, 8211, 8212, 8239, 8288, 8722};
    for (i32 length = 5; length > 0; length--) {
        if (digits_in(p, left, length, base, point) != length) continue;
        for (unsigned k = 0; k < sizeof separators / sizeof *separators; k++)
            if (*point == separators[k]) return length;
    }
    return 0;
}

/* &nbsp; &#8209; &#x20 and &amp;, with or without the semicolon; any other name with it. 0 where none begins here. */
static i64 entity(const u8 *p, i64 left, u8 *out, i64 *written) {
    static const struct { const char *name; u16 point; } names[] = {
        {"nbsp", 0xA0}, {"ensp", 0x20}, {"emsp", 0x20}, {"thinsp", 0x20}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"minus", 0x2212},
        {"hyphen", 0x2D}, {"dash", 0x2D}, {"shy", 0xAD}, {"zwnj", 0x200C}, {"zwj", 0x200D}, {"period", 0x2E}, {"sol", 0x2F},
        {"middot", 0xB7}, {"bull", 0x2022}, {"amp", 0x26}, {"lt", 0x3C}, {"gt", 0x3E}, {"quot", 0x22}, {"apos", 0x27},
        {"tab", 0x20}, {"newline", 0x20}, {"num", 0x23}, {"percnt", 0x25}, {"comma", 0x2C}, {"lowbar", 0x5F}, {"colon", 0x3A},
        {"semi", 0x3B}, {"lpar", 0x28}, {"rpar", 0x29}, {"verbar", 0x7C}, {"vert", 0x7C}, {"tilde", 0x7E}, {"bsol", 0x5C},
    };
    if (left < 3) return 0;
    u32 point = 0;
    i64 end;
    if (p[1] == '#') {
        u32 base = (p[2] | 32) == 'x' ? 16 : 10;
        end = base == 16 ? 3 : 2;
        i32 k = digits_in(p + end, left - end, base == 16 ? 6 : 7, base, &point);
        int is_digit = point >= '0' && point <= '9' && (end + k == left || !is_alphanumeric(p[end + k]));
        if (k && !is_digit && (end + k == left || p[end + k] != ';' || point > 0x10FFFF)) k = open_reference(p + end, left - end, base, &point);
        if (!k || point > 0x10FFFF) return 0;
        end += k;
    } else {
        for (end = 1; end < left && end < 9 && is_letter(p[end]);) end++;
        unsigned at = 0;
        for (; at < sizeof names / sizeof *names && !same_word(p + 1, end - 1, names[at].name);) at++;
        if (at == sizeof names / sizeof *names) {
            while (end < left && end < LONGEST_NAME && is_alphanumeric(p[end])) end++;
            if (end < 3 || end == left || p[end] != ';' || !is_letter(p[1])) return 0;
            point = MARK; /* of two thousand names, one that stands for no sign of a number: &lrm; &NoBreak; &ThinSpace; */
        } else point = names[at].point;
    }
    if (end < left && p[end] == ';') end++;
    *written = put_point(point, out);
    return end;
}

/* \n \t \u00a0 \xa0 \240 and, of RTF, \'a0 \~ \_ \-; of HL7, \S\ \.br\ \X0D\. 0 where none begins here. */
static i64 backslashed(const u8 *p, i64 left, u8 *out, i64 *written) {
    u32 point = 0;
    *written = 1;
    if (left < 2) return 0;
    u8 c = p[1];
    if ((c == 'u' || c == 'x') && left > 4 && p[2] == '{') { /* \u{a0}, \x{a0} */
        i32 k = digits_in(p + 3, left - 3, 6, 16, &point);
        if (k && 3 + k < left && p[3 + k] == '}' && point <= 0x10FFFF) { *written = put_point(point, out); return 4 + k; }
    }
    if (c == 'U' && digits_in(p + 2, left - 2, 8, 16, &point) == 8 && point <= 0x10FFFF) { *written = put_point(point, out); return 10; }
    i64 read = c == 'u' || c == 'U' ? four_or_eight(p + 2, left - 2, "\\u", &point) : 0;
    if (read) {
        *written = put_point(point, out);
        return 2 + read;
    }
    if (c == 'x' && left >= 4 && digits_in(p + 2, left - 2, 2, 16, &point) == 2) { out[0] = (u8)point; return 4; }
    if (c == '\'' && left >= 4 && digits_in(p + 2, left - 2, 2, 16, &point) == 2) { out[0] = (u8)point; return 4; }
    if (left >= 4 && digits_in(p + 1, left - 1, 3, 8, &point) == 3 && point < 256) { out[0] = (u8)point; return 4; }
    if (c == '-') { *written = 0; return 2; } /* a hyphen that shows at the end of a line only */
    i64 end = 1;
    while (end < left && end < 8 && p[end] != '\\' && p[end] != ' ') end++;
    if (end > 1 && end < left && p[end] == '\\' && (c == '.' || c == 'X' || c == 'Z' || (end == 2 && c >= 'E' && c <= 'T'))) {
        out[0] = MARK; /* an escape of HL7, which a backslash ends too */
        return end + 1;
    }
    out[0] = is_letter(c) ? ' ' : c == '_' ? '-' : c == '~' ? ' ' : c;
    return 2;
}

/* _x000D_ and _x0020_, as workbooks write characters that XML has no place for. 0 where none begins here. */
static i64 underscored(const u8 *p, i64 left, u8 *out, i64 *written) {
    u32 point = 0;
    if (left < 7 || (p[1] | 32) != 'x' || p[6] != '_' || digits_in(p + 2, 4, 4, 16, &point) != 4) return 0;
    *written = put_point(point, out);
    return 7;
}

enum sign { OF_MARKUP, OF_URLS, OF_STRINGS, OF_MAILS, SIGNS };

/* One reading of a text: tags become a mark, and entities what they stand for; or percent signs, or backslashes, or
 * quoted-printable do. Each by itself, because the sign of one may be a plain sign before the number that another disguises.
 * Returns its length; *changed says whether anything was. */
static i64 undone(const u8 *p, i64 n, enum sign sign, u8 *out, int *changed) {
    i64 at = 0, m = 0;
    u32 point = 0;
    *changed = 0;
    while (at < n) {
        u8 c = p[at];
        i64 used = 0, written = 1, left = n - at;
        if (sign == OF_MARKUP && c == '<' && (used = tag_length(p + at, left))) out[m] = MARK;
        else if (sign == OF_MARKUP && c == '&') used = entity(p + at, left, out + m, &written);
        else if (sign == OF_MARKUP && c == '_') used = underscored(p + at, left, out + m, &written);
        else if (sign == OF_URLS && c == '%') {
            i64 read = left >= 6 && p[at + 1] == 'u' ? four_or_eight(p + at + 2, left - 2, "%u", &point) : 0;
            if (read) { written = put_point(point, out + m); used = 2 + read; }
            else if (left >= 3 && digits_in(p + at + 1, 2, 2, 16, &point) == 2) { out[m] = (u8)point; used = 3; }
        } else if (sign == OF_MAILS && c == '=') {
            if (left >= 2 && p[at + 1] == '\n') { used = 2; written = 0; }
            else if (left >= 3 && p[at + 1] == '\r' && p[at + 2] == '\n') { used = 3; written = 0; }
            else if (left >= 3 && digits_in(p + at + 1, 2, 2, 16, &point) == 2) { out[m] = (u8)point; used = 3; }
        } else if (sign == OF_STRINGS && c == '\\') used = backslashed(p + at, left, out + m, &written);
        if (used) { at += used; m += written; *changed = 1; }
        else out[m++] = p[at++];
    }
    return m;
}

/* Another reading: a backslash and a word are a control word of RTF, with its number and the space behind it; \u160? is a
 * character. What is left of the backslashes is for `undone`. */
static i64 without_control_words(const u8 *p, i64 n, u8 *out, int *changed) {
    i64 at = 0, m = 0;
    *changed = 0;
    while (at < n) {
        if (p[at] != '\\' || at + 1 == n || !is_letter(p[at + 1])) { out[m++] = p[at++]; continue; }
        i64 word = at + 1, end = word;
        u32 point = 0;
        while (end < n && is_letter(p[end])) end++;
        i64 length = end - word;
        int minus = end < n && p[end] == '-';
        i32 k = digits_in(p + end + minus, n - end - minus, 7, 10, &point);
        if (k) end += minus + k;
        *changed = 1;
        if (length == 1 && p[word] == 'u' && k) {
            m += put_point(minus ? (65536u - point) & 0xFFFF : point & 0x1FFFF, out + m); /* a word of 16 bits, with a sign */
            if (end < n && p[end] == ' ') end++;
            if (end < n && p[end] != '\\' && (u8)(p[end] - '0') > 9) end++; /* what is shown where it cannot be */
        } else {
            if (end < n && p[end] == ' ') end++;
            out[m++] = MARK;
        }
        at = end;
    }
    return m;
}

static i32 sextet(u8 c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Base64 from `p` on, of either alphabet; a line that is long may go on in the next, and `line` signs of this one went past
 * already. At most `room` bytes are written to `out`; *used becomes how much was read, a multiple of four signs where more
 * follow. */
static i64 base64(const u8 *p, i64 n, i64 line, u8 *out, i64 room, i64 *used) {
    i64 m = 0, at = 0;
    u32 held = 0;
    i32 bits = 0;
    *used = 0;
    for (; at < n && m < room; at++) {
        i32 six = sextet(p[at]);
        if (six < 0) {
            i64 next = at + (p[at] == '\r' && at + 1 < n && p[at + 1] == '\n');
            if (p[next] != '\n' || line < 40) break;
            line = 0;
            at = next;
            continue;
        }
        line++;
        held = (held << 6 | (u32)six) & 0xFFFFFF;
        bits += 6;
        if (bits >= 8) { bits -= 8; out[m++] = (u8)(held >> bits); }
        if (!bits) *used = at + 1;
    }
    if (at == n || m < room) *used = at;
    return m;
}
