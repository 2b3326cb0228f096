// The npm client @kafkajs/confluent-schema-registry against a registry: node registry.mjs BASE_URL. Prints what it saw as one JSON object.
import pkg from '@kafkajs/confluent-schema-registry'
const { SchemaRegistry, SchemaType, COMPATIBILITY } = pkg

const host = process.argv[2]
const registry = new SchemaRegistry({ host, retry: { retries: 0 } })
const out = {}

const order = { type: 'record', name: 'Order', namespace: 'shop', fields: [{ name: 'id', type: 'string' }, { name: 'total', type: 'int' }] }
const first = await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(order) }, { subject: 'kafkajs-orders', compatibility: COMPATIBILITY.BACKWARD })
const again = await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(order) }, { subject: 'kafkajs-orders' })
out.sameId = first.id === again.id
out.latest = (await registry.getLatestSchemaId('kafkajs-orders')) === first.id
out.byVersion = (await registry.getRegistryId('kafkajs-orders', 1)) === first.id
out.bySchema = (await registry.getRegistryIdBySchema('kafkajs-orders', { type: SchemaType.AVRO, schema: JSON.stringify(order) })) === first.id

// A message as it lies in Kafka: magic byte, id, Avro; decoded by another client that asks the registry for the id.
const message = await registry.encode(first.id, { id: 'a-1', total: 1250 })
out.decoded = await new SchemaRegistry({ host }).decode(message)

order.fields.push({ name: 'note', type: ['null', 'string'], default: null })
const second = await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(order) }, { subject: 'kafkajs-orders' })
out.evolved = second.id !== first.id
out.readWithNew = await new SchemaRegistry({ host }).decode(message, { AVRO: { readerSchema: order } }).catch(e => e.message)

order.fields.push({ name: 'currency', type: 'string' })
try {
  await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(order) }, { subject: 'kafkajs-orders' })
} catch (e) {
  out.refused = { name: e.name, message: e.message, status: e.status ?? e.response?.status?.() }
}
try {
  await registry.getLatestSchemaId('no-such-subject')
} catch (e) {
  out.missing = e.message
}

// References: a line in a schema of its own.
const line = { type: 'record', name: 'Line', namespace: 'shop', fields: [{ name: 'sku', type: 'string' }] }
await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(line) }, { subject: 'kafkajs-line' })
const basket = { type: 'record', name: 'Basket', namespace: 'shop', fields: [{ name: 'lines', type: { type: 'array', items: 'shop.Line' } }] }
const referring = await registry.register(
  { type: SchemaType.AVRO, schema: JSON.stringify(basket), references: [{ name: 'shop.Line', subject: 'kafkajs-line', version: 1 }] },
  { subject: 'kafkajs-basket' }
)
out.basket = await new SchemaRegistry({ host }).decode(await registry.encode(referring.id, { lines: [{ sku: 'mug' }] }))

const json = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
const asJson = await registry.register({ type: SchemaType.JSON, schema: JSON.stringify(json) }, { subject: 'kafkajs-json' })
out.json = await new SchemaRegistry({ host }).decode(await registry.encode(asJson.id, { id: 'a-1' }))
const proto = 'syntax = "proto3";\npackage shop;\nmessage Order { string id = 1; int32 total = 2; }'
const asProto = await registry.register({ type: SchemaType.PROTOBUF, schema: proto }, { subject: 'kafkajs-proto' })
out.protobuf = await new SchemaRegistry({ host }).decode(await registry.encode(asProto.id, { id: 'a-1', total: 7 }))
console.log(JSON.stringify(out))
