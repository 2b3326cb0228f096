/* Kinds of change of OpenAPI descriptions, apart from those of their schemas (tbl/changes_schema.h). Columns: see tbl/changes.h. */
CHANGE_ROW(OPENAPI_PATH_REMOVED, "openapi", "path-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A path is gone", "Whoever calls it gets 404.",
	"Mark its operations `deprecated` with an `x-sunset` date, tell the callers, and remove the path when the date has passed and nobody calls it.")
CHANGE_ROW(OPENAPI_OPERATION_REMOVED, "openapi", "operation-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An operation is gone", "Whoever calls it gets 404 or 405.",
	"Mark it `deprecated` with an `x-sunset` date, tell the callers, and remove it when the date has passed and nobody calls it.")
CHANGE_ROW(OPENAPI_DEPRECATED_REMOVED, "openapi", "deprecated-operation-removed", WARNING, CHANGE_WIRE | CHANGE_SOURCE, "A deprecated operation without a date is gone",
	"It was deprecated, but no date said until when it would stay.", "Give deprecated operations an `x-sunset` date, so that callers know how long they have.")
CHANGE_ROW(OPENAPI_SUNSET_REMOVED, "openapi", "operation-removed-after-sunset", INFO, 0, "An operation was removed after its sunset date", "", "")
CHANGE_ROW(OPENAPI_OPERATION_ADDED, "openapi", "operation-added", INFO, 0, "An operation is new", "", "")
CHANGE_ROW(OPENAPI_WEBHOOK_REMOVED, "openapi", "webhook-removed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "A webhook is gone", "Whoever waits for its calls waits for ever.",
	"Keep calling it until every receiver has moved; mark it `deprecated` with an `x-sunset` date.")
CHANGE_ROW(OPENAPI_WEBHOOK_ADDED, "openapi", "webhook-added", INFO, 0, "A webhook is new", "", "")
CHANGE_ROW(OPENAPI_CALLBACK_REMOVED, "openapi", "callback-removed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "A callback is gone",
	"Whoever gave an address for it waits for a call that no longer comes.", "Keep calling back until every receiver has moved; mark the callback's operation `deprecated`.")
CHANGE_ROW(OPENAPI_CALLBACK_ADDED, "openapi", "callback-added", INFO, 0, "A callback is new", "", "")
CHANGE_ROW(OPENAPI_OPERATION_ID_CHANGED, "openapi", "operation-id-changed", WARNING, CHANGE_SOURCE, "An operation has another operationId",
	"Generated clients call it by another name: code that uses them no longer compiles.", "Keep the operationId; it is a name for programs, so change the summary instead.")
CHANGE_ROW(OPENAPI_TAGS_CHANGED, "openapi", "operation-tags-changed", INFO, CHANGE_SOURCE, "An operation has other tags", "", "")

CHANGE_ROW(OPENAPI_DEPRECATED, "openapi", "deprecated", INFO, 0, "Something was deprecated", "", "")
CHANGE_ROW(OPENAPI_REVIVED, "openapi", "no-longer-deprecated", INFO, 0, "Something is no longer deprecated", "", "")
CHANGE_ROW(OPENAPI_SUNSET_MISSING, "openapi", "sunset-missing", WARNING, CHANGE_BEHAVIOUR, "Something was deprecated without a date", "Its users cannot know until when it stays.",
	"Add `x-sunset` with the last day on which it is there.")
CHANGE_ROW(OPENAPI_SUNSET_INVALID, "openapi", "sunset-invalid", WARNING, CHANGE_BEHAVIOUR, "A sunset date cannot be read", "Its users cannot know until when it stays.",
	"Write `x-sunset` as a date, such as 2027-03-31.")
CHANGE_ROW(OPENAPI_SUNSET_TOO_SOON, "openapi", "sunset-too-soon", BREAKING, CHANGE_BEHAVIOUR, "A sunset date leaves less time than agreed",
	"Its users have fewer days to move than were agreed for every deprecation.", "Choose an `x-sunset` date at least as far away as the agreed number of days.")
CHANGE_ROW(OPENAPI_SUNSET_EARLIER, "openapi", "sunset-earlier", BREAKING, CHANGE_BEHAVIOUR, "A sunset date was brought forward",
	"Whoever planned by the old date fails between the two.", "Keep the date that was promised, or agree on the new one with every caller first.")
CHANGE_ROW(OPENAPI_SUNSET_DELETED, "openapi", "sunset-deleted", WARNING, CHANGE_BEHAVIOUR, "A sunset date is gone", "What was promised to stay until a date may now go on any day.",
	"Put the `x-sunset` date back, or take `deprecated` away too if it stays for good.")
CHANGE_ROW(OPENAPI_STABILITY_DECREASED, "openapi", "stability-decreased", BREAKING, CHANGE_BEHAVIOUR, "A stability level was lowered",
	"What was promised to be stable may now break without notice.", "Keep the level; offer what is still in flux as an operation of its own.")
CHANGE_ROW(OPENAPI_STABILITY_INVALID, "openapi", "stability-invalid", WARNING, CHANGE_BEHAVIOUR, "A stability level is none of the known ones", "Nobody can tell what is promised.",
	"Write `x-stability-level` as draft, alpha, beta or stable.")

CHANGE_ROW(OPENAPI_PARAMETER_ADDED_REQUIRED, "openapi", "required-parameter-added", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A required parameter is new",
	"Requests that are sent today do not have it and are refused.", "Add it as optional with a default; make it required in a new version of the operation, when every caller sends it.")
CHANGE_ROW(OPENAPI_PARAMETER_ADDED, "openapi", "parameter-added", INFO, 0, "An optional parameter is new", "", "")
CHANGE_ROW(OPENAPI_PARAMETER_REMOVED, "openapi", "parameter-removed", WARNING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "A parameter is gone",
	"Requests that have it are refused, or answered as if it were not there.", "Mark it `deprecated` and go on honouring it until nobody sends it.")
CHANGE_ROW(OPENAPI_PARAMETER_MOVED, "openapi", "parameter-moved", BREAKING, CHANGE_WIRE, "A required parameter has moved to another place of the request",
	"Requests that are sent today have it where it is no longer looked for.", "Read it in both places, deprecate the old one, and drop that when nobody uses it.")
CHANGE_ROW(OPENAPI_PARAMETER_BECAME_REQUIRED, "openapi", "parameter-became-required", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An optional parameter became required",
	"Requests without it were fine and are refused now.", "Give it a default instead; demand it in a new version of the operation.")
CHANGE_ROW(OPENAPI_PARAMETER_BECAME_OPTIONAL, "openapi", "parameter-became-optional", INFO, 0, "A required parameter became optional", "", "")
CHANGE_ROW(OPENAPI_PARAMETER_SERIALIZATION, "openapi", "parameter-serialization-changed", BREAKING, CHANGE_WIRE, "A parameter is written another way",
	"What callers write today is read as another value, or not at all.", "Add a parameter of another name with the new way of writing, and deprecate this one.")
CHANGE_ROW(OPENAPI_PARAMETER_DEFAULT, "openapi", "parameter-default-changed", BREAKING, CHANGE_BEHAVIOUR, "A parameter has another default",
	"Requests that leave it out mean something else than before.", "Keep the default; let callers who want the other value send it.")

CHANGE_ROW(OPENAPI_BODY_ADDED_REQUIRED, "openapi", "required-body-added", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A required request body is new",
	"Requests that are sent today have no body and are refused.", "Add the body as optional, or add a new operation that has it.")
CHANGE_ROW(OPENAPI_BODY_ADDED, "openapi", "body-added", INFO, 0, "An optional request body is new", "", "")
CHANGE_ROW(OPENAPI_BODY_REMOVED, "openapi", "body-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A request body is gone", "Requests that are sent today have a body that is no longer read, or refused.",
	"Go on taking the body until nobody sends one; deprecate the operation in favour of one without.")
CHANGE_ROW(OPENAPI_BODY_BECAME_REQUIRED, "openapi", "body-became-required", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An optional request body became required",
	"Requests without a body were fine and are refused now.", "Keep it optional, and demand it in a new version of the operation.")
CHANGE_ROW(OPENAPI_BODY_BECAME_OPTIONAL, "openapi", "body-became-optional", INFO, 0, "A required request body became optional", "", "")
CHANGE_ROW(OPENAPI_BODY_MEDIA_TYPE_REMOVED, "openapi", "body-media-type-removed", BREAKING, CHANGE_WIRE, "A request body's media type is gone",
	"Requests that send it are answered with 415.", "Take both media types until nobody sends the old one.")
CHANGE_ROW(OPENAPI_BODY_MEDIA_TYPE_ADDED, "openapi", "body-media-type-added", INFO, 0, "A request body's media type is new", "", "")
CHANGE_ROW(OPENAPI_BODY_SCHEMA_ADDED, "openapi", "body-schema-added", BREAKING, CHANGE_JSON, "A request body that could be anything got a schema",
	"Bodies that the schema does not allow were fine and are refused now.", "Describe what has to be taken today, and warn about what is to go before refusing it.")
CHANGE_ROW(OPENAPI_BODY_ENCODING, "openapi", "body-encoding-changed", WARNING, CHANGE_WIRE, "A part of a form is encoded another way", "Forms that are sent today may be read differently.",
	"Take both encodings, or add a part of another name.")

CHANGE_ROW(OPENAPI_RESPONSE_REMOVED, "openapi", "success-response-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A success response is gone",
	"Callers wait for this status; what comes instead they don't know.", "Keep the status; offer the other answer by a new operation, or when a request asks for it.")
CHANGE_ROW(OPENAPI_ERROR_RESPONSE_REMOVED, "openapi", "error-response-removed", INFO, 0, "An error response is gone", "", "")
CHANGE_ROW(OPENAPI_RESPONSE_ADDED, "openapi", "response-added", INFO, 0, "A response is new", "", "")
CHANGE_ROW(OPENAPI_RESPONSE_MEDIA_TYPE_REMOVED, "openapi", "response-media-type-removed", BREAKING, CHANGE_WIRE, "A response's media type is gone",
	"Callers who ask for it get 406, or a type that they don't read.", "Answer in both media types, by the request's Accept header, until nobody asks for the old one.")
CHANGE_ROW(OPENAPI_RESPONSE_MEDIA_TYPE_GENERALIZED, "openapi", "response-media-type-generalized", BREAKING, CHANGE_WIRE, "A response's media type became a range",
	"Callers may get types that they don't read.", "List the media types that really occur, the old one first.")
CHANGE_ROW(OPENAPI_RESPONSE_MEDIA_TYPE_ADDED, "openapi", "response-media-type-added", INFO, 0, "A response's media type is new", "", "")
CHANGE_ROW(OPENAPI_RESPONSE_SCHEMA_REMOVED, "openapi", "response-schema-removed", WARNING, CHANGE_JSON | CHANGE_SOURCE, "A response's schema is gone", "Callers can no longer tell what they get.",
	"Keep the schema, and widen it only by optional properties.")
CHANGE_ROW(OPENAPI_RESPONSE_SCHEMA_ADDED, "openapi", "response-schema-added", INFO, 0, "A response that could be anything got a schema", "", "")
CHANGE_ROW(OPENAPI_REQUIRED_HEADER_REMOVED, "openapi", "required-response-header-removed", BREAKING, CHANGE_WIRE, "A response header that was always there is gone",
	"Callers who read it find nothing.", "Go on sending it; mark it `deprecated`.")
CHANGE_ROW(OPENAPI_HEADER_REMOVED, "openapi", "response-header-removed", WARNING, CHANGE_WIRE, "A response header is gone", "Callers who read it where it was sent find nothing.",
	"Go on sending it; mark it `deprecated`.")
CHANGE_ROW(OPENAPI_HEADER_BECAME_OPTIONAL, "openapi", "response-header-became-optional", BREAKING, CHANGE_WIRE, "A response header is no longer always there",
	"Callers who rely on it sometimes find nothing.", "Go on sending it always.")
CHANGE_ROW(OPENAPI_HEADER_BECAME_REQUIRED, "openapi", "response-header-became-required", INFO, 0, "A response header is now always there", "", "")
CHANGE_ROW(OPENAPI_HEADER_ADDED, "openapi", "response-header-added", INFO, 0, "A response header is new", "", "")

CHANGE_ROW(OPENAPI_SECURITY_TIGHTENED, "openapi", "security-tightened", BREAKING, CHANGE_WIRE, "Operations demand more from who calls them",
	"Requests with the credentials of before are answered with 401 or 403.", "Take the old credentials beside the new ones (a further alternative) until every caller has the new ones.")
CHANGE_ROW(OPENAPI_SECURITY_LOOSENED, "openapi", "security-loosened", INFO, 0, "Operations take further credentials", "", "")
CHANGE_ROW(OPENAPI_SECURITY_SCHEME_CHANGED, "openapi", "security-scheme-changed", BREAKING, CHANGE_WIRE, "A security scheme works another way",
	"Callers send their credentials where, or as what, they are no longer looked for.", "Add the new way as a scheme of its own, and take both until every caller has moved.")
CHANGE_ROW(OPENAPI_SECURITY_SCOPE_REMOVED, "openapi", "security-scope-removed", WARNING, CHANGE_BEHAVIOUR, "A scope is gone", "Callers who ask the authorization server for it may be refused.",
	"Keep the scope, even if it grants nothing any more, until nobody asks for it.")
CHANGE_ROW(OPENAPI_SERVER_REMOVED, "openapi", "server-removed", BREAKING, CHANGE_WIRE, "A server's address is gone", "Whoever calls this address may reach nothing.",
	"Keep the old address answering, or redirecting with 308, until nobody calls it.")
CHANGE_ROW(OPENAPI_SERVER_ADDED, "openapi", "server-added", INFO, 0, "A server's address is new", "", "")

CHANGE_ROW(OPENAPI_SENT_LESS, "openapi", "sent-part-not-guaranteed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "A webhook or callback no longer always sends something",
	"Receivers who rely on it find nothing.", "Go on sending it; add what replaces it beside it.")
CHANGE_ROW(OPENAPI_ANSWER_REFUSED, "openapi", "receiver-answer-refused", BREAKING, CHANGE_BEHAVIOUR | CHANGE_WIRE, "An answer to a webhook or callback is no longer taken",
	"Receivers answer it so, as they were told, and are taken to have failed.", "Go on taking the answer until every receiver gives the new one.")
