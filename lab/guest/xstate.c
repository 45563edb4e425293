/* Copyright (c) 2026 The evenkeel.glusterfs authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For the user-mode kernel on processors whose vector registers are larger than it knows (AVX-512, AMX): it sets them by ptrace(2) from a buffer that
 * is too short, the host's kernel refuses that (EFAULT), and every guest ends at its first process. Preloaded, this hands over a buffer of the right
 * size, and keeps what does not fit into the guest's for the next time that this buffer is set.
 */

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

#define MOST 16384      /* bytes of all registers together; with AMX they are 11008 */
#define MOST_REST 3072  /* of what is kept; AMX itself, which no program of a guest uses, is not */
#define TASKS 8192

static struct {
    void *buffer;
    size_t size;
    unsigned char bytes[MOST_REST];
} rests[TASKS];

static int rest_of(void *buffer)
{
    size_t at = ((size_t)buffer >> 6) % TASKS;
    for (int tries = 0; tries < TASKS; tries++, at = (at + 1) % TASKS)
        if (!rests[at].buffer || rests[at].buffer == buffer)
            return at;
    return 0;
}

static long of_vectors(int request, pid_t pid, struct iovec *given)
{
    static unsigned char bytes[MOST]; /* the guest's kernel has a stack of 16 kB and one processor */
    struct iovec whole = {bytes, MOST};
    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole))
        return -1;
    size_t known = given->iov_len < whole.iov_len ? given->iov_len : whole.iov_len;
    size_t size = whole.iov_len - known < MOST_REST ? whole.iov_len - known : MOST_REST;
    int at = rest_of(given->iov_base);
    if (request == PTRACE_GETREGSET) {
        rests[at].buffer = given->iov_base;
        rests[at].size = size;
        memcpy(rests[at].bytes, bytes + known, size);
        memcpy(given->iov_base, bytes, known);
        given->iov_len = known;
        return 0;
    }
    memcpy(bytes, given->iov_base, known);
    if (rests[at].buffer == given->iov_base && rests[at].size == size)
        memcpy(bytes + known, rests[at].bytes, size);
    return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list rest;
    va_start(rest, request);
    pid_t pid = va_arg(rest, pid_t);
    void *address = va_arg(rest, void *);
    void *data = va_arg(rest, void *);
    va_end(rest);
    if ((request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) && (size_t)address == NT_X86_XSTATE)
        return of_vectors(request, pid, data);
    if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
        return syscall(SYS_ptrace, request, pid, address, data);
    /* The system call writes the word that the C library's function returns. */
    long word;
    if (syscall(SYS_ptrace, request, pid, address, &word))
        return -1;
    errno = 0;
    return word;
}
