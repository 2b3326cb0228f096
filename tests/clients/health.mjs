// gRPC's health service (grpc.health.v1) by grpc-js: "" serves, "down" does not, others are unknown. Says its port and serves until its input ends.
import grpc from '@grpc/grpc-js';

const bytes = (b) => b;
const server = new grpc.Server();
server.addService({ Check: { path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes } }, {
	Check(call, done) {
		const service = call.request.length ? call.request.subarray(2).toString() : '';
		if (service && service !== 'down') done({ code: grpc.status.NOT_FOUND, details: 'unknown service' });
		else done(null, Buffer.from([8, service ? 2 : 1]));
	},
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
	if (error) throw error;
	console.log(port);
});
process.stdin.resume().on('end', () => process.exit(0));
