/* What an interface is compared by, and how much each kind counts before rarity. The weights were tuned on bench/interfaces;
 * higher ones of CALL_FORM score better there, but only since damaged copies keep their forms, which services that are alike need not.
 * FEATURE_ROW(symbol, weight): what it is */
FEATURE_ROW(CALL, 2.0f)        /* method and path, parameters as holes: "GET orders/{}" */
FEATURE_ROW(PATH, 1.5f)        /* the path alone */
FEATURE_ROW(SEGMENT, 1.0f)     /* one segment, of the server's base path too */
FEATURE_ROW(STEP, 0.8f)        /* two segments one behind the other */
FEATURE_ROW(OPERATION, 2.5f)   /* name of what is called without HTTP: "get_order" */
FEATURE_ROW(TYPE, 2.0f)        /* name of a type, its words joined */
FEATURE_ROW(TYPE_FIELD, 0.7f)  /* type and field */
FEATURE_ROW(FIELD, 1.0f)       /* name of a field or parameter, its words joined */
FEATURE_ROW(FIELD_KIND, 0.7f)  /* the same with the kind of its type */
FEATURE_ROW(WORD, 0.6f)        /* one word of any name */
FEATURE_ROW(VALUE, 0.5f)       /* value of an enumeration */
FEATURE_ROW(NEAR_FIELD, 0.6f)  /* a field by the consonants its words begin with: "customerName", "custNm" */
FEATURE_ROW(NEAR_TYPE, 0.6f)   /* a type likewise */
FEATURE_ROW(TRIGRAM, 0.12f)    /* three characters of a name: what is left where it is misspelt */
FEATURE_ROW(FORM, 1.0f)        /* how many fields of which kinds a type has, without names */
FEATURE_ROW(CALL_FORM, 1.5f)   /* method, depth, holes, kinds of parameters, forms of request and answers, without names */
FEATURE_ROW(TEXT, 0.15f)       /* a word of a description */
