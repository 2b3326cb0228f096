// Consumer tests written with pact-js, which write pacts: node pact_consumer.mjs FOLDER. Prints what the consumer's own calls returned.
import { PactV3, PactV4, MatchersV3, Matchers } from '@pact-foundation/pact'
import http from 'node:http'

const dir = process.argv[2]
const { like, eachLike, integer, regex, datetime, string, boolean, fromProviderState } = MatchersV3

const call = (base, method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const q = http.request(base + path, { method, headers: { ...headers, ...(body ? { 'Content-Type': 'application/json' } : {}) } }, r => {
    let text = ''
    r.on('data', d => { text += d })
    r.on('end', () => resolve({ status: r.statusCode, body: text && JSON.parse(text) }))
  })
  q.on('error', reject)
  q.end(body && JSON.stringify(body))
})
const out = {}

const v3 = new PactV3({ dir, consumer: 'web', provider: 'orders', logLevel: 'error' })
v3.given('order 5 exists', { id: 5 }).uponReceiving('a request for an order')
  .withRequest({ method: 'GET', path: regex('/v1/orders/\\d+', '/v1/orders/5'), query: { verbose: 'true' }, headers: { Accept: 'application/json' } })
  .willRespondWith({ status: 200, headers: { 'Content-Type': 'application/json' },
    body: { id: integer(5), customer: string('ada'), paid: boolean(true), placed: datetime("yyyy-MM-dd'T'HH:mm:ss", '2026-01-02T03:04:05'), items: eachLike({ sku: regex('[A-Z]+-\\d+', 'AB-1'), count: integer(2) }) } })
v3.given('customers may order').uponReceiving('an order').withRequest({ method: 'POST', path: '/v1/orders', headers: { 'Content-Type': 'application/json' }, body: { customer: 'ada', items: ['AB-1'] } })
  .willRespondWith({ status: 201, headers: { 'Content-Type': 'application/json' }, body: { id: like(7), state: 'new' } })
v3.uponReceiving('a request for an order that is not there').withRequest({ method: 'GET', path: '/v1/orders/404' }).willRespondWith({ status: 404 })
await v3.executeTest(async server => {
  out.order = await call(server.url, 'GET', '/v1/orders/5?verbose=true', null, { Accept: 'application/json' })
  out.created = await call(server.url, 'POST', '/v1/orders', { customer: 'ada', items: ['AB-1'] })
  out.missing = await call(server.url, 'GET', '/v1/orders/404')
})

const v4 = new PactV4({ dir, consumer: 'mobile', provider: 'orders', logLevel: 'error' })
await v4.addInteraction().given('an order of today').uponReceiving('the order that the state made')
  .withRequest('GET', fromProviderState('/v1/orders/${id}', '/v1/orders/9'))
  .willRespondWith(200, b => b.jsonBody({ id: Matchers.integer(9), state: Matchers.regex('new|sent', 'new') }))
  .executeTest(async server => { out.ofState = await call(server.url, 'GET', '/v1/orders/9') })
console.log(JSON.stringify(out))
