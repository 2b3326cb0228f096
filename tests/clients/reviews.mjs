// A service that knows OpenTelemetry and nothing of Pleach: GET /v1/reviews asks the service at BACK_URL and answers with what it said.
import './instrument.mjs';
import { logs } from '@opentelemetry/api-logs';

// After the SDK, so that its instrumentation sees the module.
const { createServer } = await import('node:http');
const logger = logs.getLogger('reviews');

createServer(async (request, response) => {
  if (request.url === '/healthz') {
    response.end('ok');
    return;
  }
  const answer = await fetch(`${process.env.BACK_URL}/v1/echo`);
  const seen = await answer.json();
  logger.emit({ severityText: 'INFO', severityNumber: 9, body: 'a review was read', attributes: { status: answer.status } });
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ status: answer.status, headers: Object.fromEntries(seen.headers) }));
}).listen(Number(process.env.PORT), '127.0.0.1');
