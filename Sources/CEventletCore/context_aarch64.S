// AAPCS64: x19-x30, the low halves of v8-v15 and FPCR belong to the callee.
// Swift keeps self, error and async context in x20, x21 and x22.
#if defined(__aarch64__)

    .text
    .p2align 4
    .globl ev_stack_switch
    .type ev_stack_switch, %function
// void ev_stack_switch(void **save, void *to)
ev_stack_switch:
    .cfi_startproc
    hint #34                    // bti c
    sub sp, sp, #176
    .cfi_def_cfa_offset 176
    stp x29, x30, [sp, #0]
    .cfi_offset x29, -176
    .cfi_offset x30, -168
    mov x29, sp
    stp x19, x20, [sp, #16]
    .cfi_offset x19, -160
    .cfi_offset x20, -152
    stp x21, x22, [sp, #32]
    .cfi_offset x21, -144
    .cfi_offset x22, -136
    stp x23, x24, [sp, #48]
    .cfi_offset x23, -128
    .cfi_offset x24, -120
    stp x25, x26, [sp, #64]
    .cfi_offset x25, -112
    .cfi_offset x26, -104
    stp x27, x28, [sp, #80]
    .cfi_offset x27, -96
    .cfi_offset x28, -88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x9, fpcr
    str x9, [sp, #160]

    mov x10, sp
    str x10, [x0]
    mov sp, x1

    // Writing FPCR is slow and nearly always needless.
    ldr x11, [sp, #160]
    cmp x9, x11
    b.eq 1f
    msr fpcr, x11
1:  ldp x29, x30, [sp, #0]
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #176
    .cfi_def_cfa_offset 0
    // A ret, not a jump: see the x86-64 version on return prediction. A fresh
    // context is entered by it too.
    ret
    .cfi_endproc
    .size ev_stack_switch, . - ev_stack_switch

    .p2align 4
    .globl ev_stack_start
    .hidden ev_stack_start
    .type ev_stack_start, %function
// First code on a fresh stack: x19 = function, x20 = its argument. There is no
// caller, and unwinders are told so.
ev_stack_start:
    .cfi_startproc
    .cfi_undefined x30
    mov x29, #0
    mov x30, #0
    mov x0, x20
    blr x19
    brk #1
    .cfi_endproc
    .size ev_stack_start, . - ev_stack_start
#endif

// Outside: a file without the note, even an empty one, has GNU ld make the
// stack executable.
    .section .note.GNU-stack, "", %progbits
