/* Kinds of change of AsyncAPI descriptions, apart from those of their schemas (tbl/changes_schema.h). "Sender" and "receiver" are seen from the other
 * side of the channel: who sends to the application, who receives from it. Columns: see tbl/changes.h. */
CHANGE_ROW(ASYNCAPI_CHANNEL_REMOVED, "asyncapi", "channel-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A channel is gone", "Who sends to it is not heard; who listens to it hears nothing.",
	"Keep the channel until nobody uses it; send to both channels meanwhile.")
CHANGE_ROW(ASYNCAPI_CHANNEL_ADDED, "asyncapi", "channel-added", INFO, 0, "A channel is new", "", "")
CHANGE_ROW(ASYNCAPI_CHANNEL_ADDRESS, "asyncapi", "channel-address-changed", BREAKING, CHANGE_WIRE, "A channel has another address", "Who uses the old address is not heard, or hears nothing.",
	"Add a channel with the new address, use both, and drop the old one when nobody is left on it.")
CHANGE_ROW(ASYNCAPI_CHANNEL_PARAMETER, "asyncapi", "channel-parameter-narrowed", BREAKING, CHANGE_WIRE, "A parameter of a channel's address has fewer values, or is gone",
	"Channels that were used under the old values are not there any more.", "Keep the values; deprecate those that are to go.")
CHANGE_ROW(ASYNCAPI_OPERATION_REMOVED, "asyncapi", "operation-removed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "The application no longer sends to, or receives from, a channel",
	"Who listens hears nothing; who sends is not heard.", "Go on with it until nobody relies on it.")
CHANGE_ROW(ASYNCAPI_OPERATION_ADDED, "asyncapi", "operation-added", INFO, 0, "The application sends to, or receives from, a further channel", "", "")
CHANGE_ROW(ASYNCAPI_OPERATION_ID_CHANGED, "asyncapi", "operation-id-changed", WARNING, CHANGE_SOURCE, "An operation has another name",
	"Generated code calls it by another name and no longer compiles.", "Keep the name; change the title instead.")
CHANGE_ROW(ASYNCAPI_OPERATION_ACTION, "asyncapi", "operation-action-changed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "An operation goes the other way",
	"Where the application sent it now listens, or the other way round.", "Add an operation for the other direction and keep this one.")
CHANGE_ROW(ASYNCAPI_MESSAGE_REMOVED, "asyncapi", "message-removed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "A message is no longer sent, or no longer taken",
	"Who waits for it waits for ever; who sends it is not understood.", "Go on with it until nobody relies on it.")
CHANGE_ROW(ASYNCAPI_MESSAGE_ADDED_SENT, "asyncapi", "message-added", WARNING, CHANGE_BEHAVIOUR, "A message that was never sent on this channel is sent now",
	"Receivers that do not skip unknown messages fail on it.", "Have every receiver skip what it does not know before the first one is sent, or use a channel of its own.")
CHANGE_ROW(ASYNCAPI_MESSAGE_ADDED, "asyncapi", "message-accepted", INFO, 0, "A further message is taken", "", "")
CHANGE_ROW(ASYNCAPI_CONTENT_TYPE, "asyncapi", "message-content-type-changed", BREAKING, CHANGE_WIRE, "A message has another content type", "What one side writes the other reads as something else.",
	"Add a message, or a channel, with the new content type, and send both until every receiver has moved.")
CHANGE_ROW(ASYNCAPI_SCHEMA_FORMAT, "asyncapi", "schema-format-changed", WARNING, CHANGE_WIRE | CHANGE_SOURCE, "A message's payload is described in another schema language",
	"Whether the bytes stay the same cannot be told.", "Keep the old message beside the new one until every receiver has moved.")
CHANGE_ROW(ASYNCAPI_PAYLOAD_ADDED, "asyncapi", "payload-schema-added", BREAKING, CHANGE_JSON, "A message that could hold anything got a schema",
	"Messages that the schema does not allow were fine and are refused now.", "Describe what has to be taken today first.")
CHANGE_ROW(ASYNCAPI_PAYLOAD_REMOVED, "asyncapi", "payload-schema-removed", BREAKING, CHANGE_JSON, "A message's schema is gone", "Receivers can no longer tell what they get.", "Keep the schema.")
CHANGE_ROW(ASYNCAPI_PAYLOAD_UNJUDGED, "asyncapi", "payload-not-compared", BREAKING, CHANGE_WIRE, "A payload changed in a schema language that is not compared here",
	"Whether old messages are still understood has not been judged.", "Keep the payload's schema in a file of its own (.avsc, .proto), which is compared there, and refer to it.")
CHANGE_ROW(ASYNCAPI_REPLY_CHANGED, "asyncapi", "reply-changed", WARNING, CHANGE_BEHAVIOUR, "An operation's reply is gone or goes elsewhere", "Who asks may not get an answer.",
	"Reply in both places until everybody who asks has moved.")
CHANGE_ROW(ASYNCAPI_CORRELATION, "asyncapi", "correlation-id-changed", WARNING, CHANGE_BEHAVIOUR, "A message's correlation id is elsewhere, or gone",
	"Who joins messages by it joins nothing.", "Write the id in both places until everybody reads the new one.")
CHANGE_ROW(ASYNCAPI_BINDING_CHANGED, "asyncapi", "binding-changed", WARNING, CHANGE_WIRE, "A protocol binding is another", "How the message travels (key, queue, partitions) may not fit what the other side expects.",
	"Change the binding on both sides together, or add a channel with the new one.")
CHANGE_ROW(ASYNCAPI_SERVER_REMOVED, "asyncapi", "server-removed", BREAKING, CHANGE_WIRE, "A server is gone, or has another address or protocol", "Who connects to it reaches nothing.",
	"Keep the old address answering until nobody connects to it.")
CHANGE_ROW(ASYNCAPI_SERVER_ADDED, "asyncapi", "server-added", INFO, 0, "A server is new", "", "")
