/* Keys whose values never leave the node in a log line: the key's end, lower-case letters and digits only (so that access_token,
 * accessToken and X-Access-Token are one), and how far an unquoted value in plain text reaches: WORD, to the next blank or separator;
 * FIELD, to the next comma or the line's end; LINE, to the line's end.
 * An end, not a part: `tokens_used` and `password_changed` are no secrets. */
SECRET_KEY_ROW("password", WORD)
SECRET_KEY_ROW("passwd", WORD)
SECRET_KEY_ROW("passphrase", WORD)
SECRET_KEY_ROW("secret", WORD)
SECRET_KEY_ROW("secretkey", WORD)
SECRET_KEY_ROW("token", WORD)
SECRET_KEY_ROW("authorization", FIELD)
SECRET_KEY_ROW("apikey", WORD)
SECRET_KEY_ROW("accesskey", WORD)
SECRET_KEY_ROW("privatekey", FIELD)
SECRET_KEY_ROW("cookie", LINE)
SECRET_KEY_ROW("credential", WORD)
SECRET_KEY_ROW("credentials", WORD)
