/* Which character is a digit, which a separator, and which is nothing that anybody sees?
 *
 * Part of _kernel.c, which includes it after _undone.c. */

enum { LETTER = 'a', STRANGE = '?', UNSEEN = 0 };
/* Beside a digit: what it may be instead, to whoever wrote it. A sign of another script that is no more than a dot to some; one that is raised or
 * circled as notes are; a numeral, which may be a bar or a dash, or one that nobody sees. */
enum { SCRIPT = 0x100, RAISED = 0x200, NUMERAL = 0x400, HIDDEN = 0x800, DIGIT = 0xFF };

/* What a character outside ASCII is as a symbol: digits of every script, spaces, dashes and dots that only look odd. */
static u32 symbol_of(u32 point) {
    static const u32 zeros[] = { /* general category Nd, Unicode 17; and those of U+2070, U+2080 and, with a comma, U+1F101 */
        0x2070, 0x2080, 0x1F101, 0x10D40, 0x116D0, 0x116DA, 0x11BF0, 0x11DE0, 0x11F50, 0x1CCF0, 0x1E4F0, 0x1E5F1,
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
        0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
        0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
        0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
        0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0
    };
    if (point < 0x660) {
        if (point == 0xB9) return '1' | RAISED;
        if (point == 0xB2 || point == 0xB3) return ('2' + (point - 0xB2)) | RAISED;
        if (point == 0xAD || (point >= 0x300 && point <= 0x36F) || point == 0x61C) return UNSEEN;
        if (point == 0xA0 || point == 0x85) return ' ';
        if (point == 0xB7) return '.';
        return point < 0xC0 || point == 0xD7 || point == 0xF7 ? STRANGE : LETTER;
    }
    for (unsigned k = 0; k < sizeof zeros / sizeof *zeros; k++)
        if (point - zeros[k] <= 9) return ('0' + (point - zeros[k])) | (k < 3 ? RAISED : SCRIPT);
    static const u32 ones[] = {0x2460, 0x2474, 0x2488, 0x24F5, 0x2776, 0x2780, 0x278A}; /* in circles, brackets, with a dot */
    for (unsigned k = 0; k < sizeof ones / sizeof *ones; k++)
        if (point - ones[k] <= 8) return ('1' + (point - ones[k])) | RAISED;
    static const u32 units[] = {0x1369, 0x2160, 0x2170, 0x3021, 0x1D360}; /* of Ethiopia, Rome, Suzhou; counting rods */
    for (unsigned k = 0; k < sizeof units / sizeof *units; k++)
        if (point - units[k] <= 8) return ('1' + (point - units[k])) | NUMERAL;
    static const u16 words[][4] = { /* Chinese digits: plain, as banks write them, and in other forms */
        {0x3007, 0x96F6}, {0x4E00, 0x58F9, 0x58F1, 0x5F0C}, {0x4E8C, 0x8D30, 0x8CB3, 0x5F10}, {0x4E09, 0x53C1, 0x53C3, 0x53C2},
        {0x56DB, 0x8086}, {0x4E94, 0x4F0D}, {0x516D, 0x9646, 0x9678}, {0x4E03, 0x67D2}, {0x516B, 0x634C}, {0x4E5D, 0x7396}
    };
    if (point >= 0x3007 && point <= 0x96F6)
        for (u32 digit = 0; digit <= 9; digit++)
            for (int k = 0; k < 4; k++)
                if (point == words[digit][k]) return ('0' + digit) | NUMERAL;
    if (point - 0xE0030 <= 9) return ('0' + (point - 0xE0030)) | NUMERAL | HIDDEN; /* tags */
    if (point == 0x24EA || point == 0x24FF || point == 0x1F100 || point == 0x1F10B || point == 0x1F10C) return '0' | RAISED;
    if ((point >= 0x200B && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
        point == 0xFEFF || (point >= 0x180B && point <= 0x180F) || (point >= 0x20D0 && point <= 0x20FF) ||
        (point >= 0xFE00 && point <= 0xFE0F) || (point >= 0xFFF9 && point <= 0xFFFB) || (point >= 0xE0000 && point <= 0xE0FFF))
        return UNSEEN;
    if ((point >= 0x2000 && point <= 0x200A) || point == 0x202F || point == 0x205F || point == 0x3000 || point == 0x1680 ||
        point == 0x2028 || point == 0x2029)
        return ' ';
    if ((point >= 0x2010 && point <= 0x2015) || point == 0x2212 || point == 0x2043 || point == 0xFE58 || point == 0xFE63 ||
        point == 0xFF0D || point == 0x30FC)
        return '-';
    if (point == 0x2024 || point == 0xFF0E || point == 0x2022 || point == 0x30FB) return '.';
    if (point == 0xFF0F || point == 0x2044 || point == 0x2215) return '/';
    if (point == 0xFF3F) return '_';
    if (point == 0xFF0C || point == 0x201A) return ',';
    if (point == 0xFF1A) return ':';
    return (point >= 0x2000 && point <= 0x206F) || (point >= 0x2190 && point <= 0x2BFF) || (point >= 0xFFF0 && point <= 0xFFFF)
               ? STRANGE : LETTER;
}

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

static u32 plain_symbol(u8 c) {
    if ((u8)(c - '0') <= 9) return c;
    if (c == '\t' || c == '\n' || c == '\r') return ' ';
    if (c == ' ' || c == '-' || c == '.' || c == '/' || c == '_' || c == '+' || c == ',' || c == ':') return c;
    return c == 0 ? UNSEEN : c == MARK ? MARK : STRANGE;
}
