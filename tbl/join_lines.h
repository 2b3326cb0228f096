/* How lines of text that belong to one event are told: class of the line, where its text stands, the text.
 *   BEGINS  the line begins with it
 *   HAS     it stands anywhere in the line
 *   ENDS    the line ends with it
 * The first row that fits gives the class; then a blank at its beginning makes it INDENTED, and everything else is PLAIN. What the classes do
 * is the table in src/node/join.c.
 *   CAUSE   belongs to the stack trace before it           PYTHON  begins a traceback          CHAIN   joins two tracebacks
 *   GO      begins, or goes on with, a panic of Go         FRAME   a call in a goroutine's stack */
JOIN_ROW(CAUSE, BEGINS, "Caused by: ")
JOIN_ROW(CAUSE, BEGINS, "Suppressed: ")
JOIN_ROW(CAUSE, BEGINS, "... ")
JOIN_ROW(CAUSE, BEGINS, "--- End of ")
JOIN_ROW(CAUSE, BEGINS, "   --- End of ")
JOIN_ROW(CAUSE, BEGINS, " ---> ")
JOIN_ROW(PYTHON, BEGINS, "Traceback (most recent call last):")
JOIN_ROW(CHAIN, BEGINS, "During handling of the above exception, another exception occurred:")
JOIN_ROW(CHAIN, BEGINS, "The above exception was the direct cause of the following exception:")
JOIN_ROW(GO, BEGINS, "panic: ")
JOIN_ROW(GO, BEGINS, "fatal error: ")
JOIN_ROW(GO, BEGINS, "[signal ")
JOIN_ROW(GO, BEGINS, "goroutine ")
JOIN_ROW(FRAME, BEGINS, "created by ")
JOIN_ROW(FRAME, BEGINS, "runtime.")
JOIN_ROW(FRAME, BEGINS, "main.")
JOIN_ROW(FRAME, ENDS, "(...)")
JOIN_ROW(FRAME, ENDS, "})")
