// OpenTelemetry's exporters over gRPC, as their documentation sets them up: N log records and N spans with the word WORD, in batches, then the end.
//   node grpc.mjs N WORD          (the address and the compression come from OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_COMPRESSION)
import { trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { logs } from '@opentelemetry/api-logs';

const [count, word] = [Number(process.argv[2]), process.argv[3]];
const sdk = new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  logRecordProcessors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), maxQueueSize: 100000, maxExportBatchSize: 100 })],
});
sdk.start();
const tracer = trace.getTracer('grpc');
const logger = logs.getLogger('grpc');
for (let n = 0; n < count; n++) {
  tracer.startActiveSpan(`${word} ${n}`, (span) => {
    logger.emit({ severityNumber: 9, body: `${word} number ${n}`, attributes: { n } });
    span.end();
  });
}
await sdk.shutdown();
