/* Every gRPC method of the store: symbol, path, signal (an enum signal), what it does. */
GRPC_METHOD(LOGS, "/opentelemetry.proto.collector.logs.v1.LogsService/Export", SIGNAL_LOGS, "Takes log records (OTLP)")
GRPC_METHOD(TRACES, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", SIGNAL_TRACES, "Takes spans (OTLP)")
GRPC_METHOD(METRICS, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", SIGNAL_METRICS, "Counts metric points (OTLP); they are not kept")
