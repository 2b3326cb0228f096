/* The steps of a transform between two versions of an API (docs/versions.md): symbol, name, keys that it needs, keys that it may have, meaning.
 * Read by src/model/transform_read.c, applied by transform_apply.c and transform_query.c, followed on schemas by src/contract/versions. */
TRANSFORM_STEP(RENAME, "rename", "from to", "", "What is at `from` is then at `to`, under another name or elsewhere; objects on the way are made. Where nothing is at `from`, nothing is at `to`.")
TRANSFORM_STEP(MOVE, "move", "from to", "", "The same as `rename`.")
TRANSFORM_STEP(DEFAULT, "default", "at value", "", "Puts the value where nothing is.")
TRANSFORM_STEP(SET, "set", "at value", "", "Puts the value there, whatever was there.")
TRANSFORM_STEP(REMOVE, "remove", "at", "", "Takes it out.")
TRANSFORM_STEP(MAP, "map", "at values", "otherwise", "Replaces a value by the one written beside it; all others by `otherwise`, or not at all.")
TRANSFORM_STEP(SPLIT, "split", "at by into", "", "Cuts a text at `by` into members beside it, the rest into the last; what is missing is an empty text. Nothing where it is no text.")
TRANSFORM_STEP(JOIN, "join", "from by into", "", "Joins members that are texts, numbers or booleans into one text beside them.")
TRANSFORM_STEP(CONVERT, "convert", "at as", "", "`as: text` writes a number or boolean as text, `as: number` reads a text that is a number. Others stay.")
TRANSFORM_STEP(USE, "use", "steps", "at", "The steps of this name under `steps`, below `at`.")
