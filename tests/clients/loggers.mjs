// Real loggers and clients that send lines to a store as applications do: node loggers.mjs CLIENT URL COUNT. Line i has the message
// "CLIENT line i end", the level of `levels`, service "CLIENT-app", and the trace id that `trace` gives; the process ends when all were answered.
import { once } from 'node:events';

const [which, url, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const levels = ['info', 'warn', 'error', 'debug'];
const service = `${which}-app`;
const trace = (i) => (i + 1).toString(16).padStart(32, 'c');
const message = (i) => `${which} line ${i} end`;
const each = (log) => { for (let i = 0; i < count; i++) log(levels[i % 4], message(i), trace(i), i); };
const fail = (error) => { console.error(error); process.exit(1); };

async function winstonTo(transport, meta) {
  const { default: winston } = await import('winston');
  const logger = winston.createLogger({ level: 'debug', transports: [transport] });
  transport.on('error', fail);
  each((level, text, traceId) => logger.log(level, text, { ...meta, traceId }));
  return logger;
}

const clients = {
  async winston_elasticsearch() {
    const { ElasticsearchTransport } = await import('winston-elasticsearch');
    const transport = new ElasticsearchTransport({ level: 'debug', indexPrefix: service, clientOpts: { node: url }, flushInterval: 100, internalLogger: fail });
    const logger = await winstonTo(transport, {});
    await new Promise((done) => setTimeout(done, 300));
    await transport.flush();
    logger.end();
    await once(logger, 'finish');
    process.exit(0);
  },
  async pino_elasticsearch() {
    const { default: pino } = await import('pino');
    const { default: elastic } = await import('pino-elasticsearch');
    const stream = elastic({ index: 'anything', node: url, esVersion: 8, flushBytes: 4000, flushInterval: 100 });
    stream.on('error', fail);
    stream.on('insertError', fail);
    const inserted = once(stream, 'insert');
    const logger = pino({ level: 'debug', base: { service, hostname: 'pine-1' } }, stream);
    each((level, text, traceId) => logger[level]({ trace_id: traceId }, text));
    stream.end();
    const [stats] = await inserted;
    if (stats.successful !== count || stats.failed) fail(stats);
    process.exit(0);
  },
  async elastic_bulk() {
    const { Client } = await import('@elastic/elasticsearch');
    const client = new Client({ node: url, compression: true });
    const documents = [];
    each((level, text, id) => documents.push({ '@timestamp': new Date().toISOString(), message: text, log: { level }, service: { name: service }, trace: { id } }));
    const last = documents.pop();
    const result = await client.helpers.bulk({ datasource: documents, flushBytes: 5000, onDocument: () => ({ create: { _index: 'logs' } }), onDrop: fail });
    if (result.successful !== documents.length || result.failed) fail(result);
    const one = await client.index({ index: 'logs', document: last });
    if (one.result !== 'created') fail(one);
    if (!(await client.indices.exists({ index: 'logs' })) || (await client.info()).tagline !== 'You Know, for Search') fail('handshake');
  },
  async winston_loki(json) {
    const { default: Loki } = await import('winston-loki');
    const transport = new Loki({ level: 'debug', host: url, labels: { app: service, host: 'loki "1"\\x' }, json, batching: true, interval: 1, onConnectionError: fail, gracefulShutdown: false });
    await winstonTo(transport, {});
    await transport.flush();
    process.exit(0);
  },
  async winston_loki_json() { await clients.winston_loki(true); },
  async pino_loki() {
    const { default: pino } = await import('pino');
    const { pinoLoki } = await import('pino-loki');
    const stream = pinoLoki({ host: url, batching: { interval: 1 }, labels: { app: service }, silenceErrors: false, structuredMetaKey: 'meta' });
    const logger = pino({ level: 'debug' }, stream);
    each((level, text, traceId) => logger[level]({ trace_id: traceId }, text));
    stream.end();
    await once(stream, 'close');
    process.exit(0);
  },
  async winston_http() {
    const { default: winston } = await import('winston');
    const { hostname, port } = new URL(url);
    await winstonTo(new winston.transports.Http({ level: 'debug', host: hostname, port, path: '/api/logs', batch: true, batchCount: 50, batchInterval: 200, format: winston.format.timestamp() }), { service });
  },
};
await clients[which](false);
