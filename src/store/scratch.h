/* Scratch arrays on the stack that are written before they are read: without this mark the build's -ftrivial-auto-var-init=zero would clear all of
 * them on every call, which costs more than the work on the few elements that are mostly used. */
#ifndef PLEACH_STORE_SCRATCH_H
#define PLEACH_STORE_SCRATCH_H
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define SCRATCH __attribute__((uninitialized))
#endif
#endif
#ifndef SCRATCH
#define SCRATCH
#endif
#endif
