/* The lines that a contract.lock is made of; between lock_write.c and lock_read.c only. */
#ifndef PLEACH_CONTRACT_LOCK_FORM_H
#define PLEACH_CONTRACT_LOCK_FORM_H
#define LOCK_FIRST_LINE "# contract.lock: the contract as it was agreed on. Written by `pleach contract lock`; nobody edits it."
#define LOCK_VERSION "version: 1"
#define LOCK_FILES "files:"
#define LOCK_PATH "  - path: "
#define LOCK_SHA256 "    sha256: "
#define LOCK_CRLF "    lines: crlf"
/* The number is the indentation of the text below its key; `+` keeps all line ends, `-` says that the last line has none. */
#define LOCK_TEXT_ENDED "    text: |2+"
#define LOCK_TEXT_UNENDED "    text: |2-"
#define LOCK_TEXT_EMPTY "    text: \"\""
#define LOCK_BASE64 "    base64: |2"
#define LOCK_INDENT "      "
#endif
