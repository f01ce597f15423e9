/* What a library of Windows needs that has no C library behind it: an entry, and the two functions that a compiler calls unasked. */
#include <stddef.h>

int DllMainCRTStartup(void *library, unsigned long reason, void *reserved) {
    (void)library;
    (void)reason;
    (void)reserved;
    return 1;
}

__attribute__((no_builtin)) void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    unsigned char *t = to;
    const unsigned char *f = from;
    while (count--) *t++ = *f++;
    return to;
}

__attribute__((no_builtin)) void *memset(void *to, int byte, size_t count) {
    unsigned char *t = to;
    while (count--) *t++ = (unsigned char)byte;
    return to;
}

/* A frame of more than a page touches each of its pages in order, or Windows gives it none. rax: its bytes; every register stays. */
__asm__(".globl ___chkstk_ms\n"
        "___chkstk_ms:\n"
        "  pushq %rcx\n"
        "  pushq %rax\n"
        "  leaq 24(%rsp), %rcx\n"
        "  cmpq $0x1000, %rax\n"
        "  jb 2f\n"
        "1:\n"
        "  subq $0x1000, %rcx\n"
        "  orq $0, (%rcx)\n"
        "  subq $0x1000, %rax\n"
        "  cmpq $0x1000, %rax\n"
        "  ja 1b\n"
        "2:\n"
        "  subq %rax, %rcx\n"
        "  orq $0, (%rcx)\n"
        "  popq %rax\n"
        "  popq %rcx\n"
        "  ret\n");
