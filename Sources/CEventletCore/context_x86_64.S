// System V AMD64: rbx, rbp, r12-r15, MXCSR's control bits and the x87 control
// word belong to the callee. Swift keeps self, error and async context in
// r13, r12 and r14, which are among them.
#if defined(__x86_64__)

    .text
    .p2align 4
    .globl ev_stack_switch
    .type ev_stack_switch, @function
// void ev_stack_switch(void **save, void *to)
ev_stack_switch:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    movq %rsp, %rbp
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)

    movl (%rsp), %eax
    movzwl 4(%rsp), %ecx
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    // Both frames have the same layout, so the unwind notes above hold for
    // the new stack too.

    // Loading a control word stalls the pipeline; nearly always both sides
    // have the same, so compare first. MXCSR's low six bits are sticky status
    // flags, which any arithmetic sets and no callee has to preserve.
    xorl (%rsp), %eax
    testl $0xffc0, %eax
    jne 1f
2:  cmpw 4(%rsp), %cx
    jne 3f
4:  addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbp
    // A ret, not a jump: the processor predicts returns by counting calls. Both
    // sides nearly always came here through the same calls, so the predictions
    // made for the one hold for the other, this one and all those above it. A
    // jump would leave the count one off, and every return above would miss
    // (measured: 39 ns a yield instead of 18).
    ret
    .cfi_endproc
    .size ev_stack_switch, . - ev_stack_switch

    // Rare: the flows differ in rounding or exception masks. Out of the way of
    // the hot path; the frame is the one at label 2 and 4.
    .type ev_stack_switch_control_words, @function
ev_stack_switch_control_words:
    .cfi_startproc
    .cfi_def_cfa rsp, 64
1:  ldmxcsr (%rsp)
    jmp 2b
3:  fldcw 4(%rsp)
    jmp 4b
    .cfi_endproc
    .size ev_stack_switch_control_words, . - ev_stack_switch_control_words

    .p2align 4
    .globl ev_stack_start
    .hidden ev_stack_start
    .type ev_stack_start, @function
// First code on a fresh stack: rbx = function, r12 = its argument. There is no
// caller, and unwinders are told so.
ev_stack_start:
    .cfi_startproc
    .cfi_undefined rip
    endbr64
    xorl %ebp, %ebp
    movq %r12, %rdi
    callq *%rbx
    ud2
    .cfi_endproc
    .size ev_stack_start, . - ev_stack_start
#endif

// Outside: a file without the note, even an empty one, has GNU ld make the
// stack executable.
    .section .note.GNU-stack, "", %progbits
