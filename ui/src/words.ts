// Names from Pleach's tables, in words: reasons of failed calls (tbl/reasons.h), levels, what to do about a kind of finding (tbl/findings.h).

const REASONS: Record<string, string> = {
	no_route: 'no service of this fleet answers this path',
	no_instance: 'no instance of {service} is running and healthy',
	connect_refused: '{service} refused the connection',
	connect_timeout: '{service} did not accept a connection in time',
	connect_failed: '{service} could not be reached',
	reset_before_answer: '{service} closed the connection before it answered',
	first_byte_timeout: '{service} did not begin to answer in time',
	call_timeout: '{service} did not finish its answer in time',
	reset_in_answer: '{service} broke off in the middle of its answer',
	bad_answer: '{service} answered with something that is not valid HTTP',
	deadline: 'the caller’s deadline had already passed',
	overload: 'too many calls wait for {service}',
	client_gone: 'the caller went away before the answer',
	client_timeout: 'the caller did not finish its request in time',
	bad_request: 'the request is not valid HTTP',
	body_too_large: 'the request’s body is over the limit',
	draining: 'the gateway is stopping',
};

export function reasonWords(reason: string, service: string): string {
	return (REASONS[reason] ?? reason.replaceAll('_', ' ')).replace('{service}', service || 'the service');
}

export const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'none'];

export const NEXT_STEP: Record<string, string> = {
	'crash-loop': 'Find out why it crashes',
	'fewer-than-wanted': 'Bring the instances back',
	'file-error': 'Correct the file',
	'breaks-trace': 'Hand the trace headers on',
	'no-timeout': 'Set a time-out',
	'no-on-failure': 'Say what happens when it fails',
	'no-owner': 'Name an owner',
	'unknown-owner': 'Name a team that exists',
	'not-in-catalogue': 'Put it into the catalogue, or stop it',
	'unused-key': 'Nothing to do yet',
	'sunset-passed': 'Move now: this version should be gone',
	'sunset-near': 'Move to the successor in time',
	'version-unused': 'Take the old version out',
	'calls-beyond-contract': 'Add the calls to the contract',
	'transform-faulty': 'Correct the transform',
	'crossing-test': 'Let a contract do what this test does',
};

// The lines of YAML that would settle a finding, where lines of YAML can.
export function yamlFor(kind: string, service: string, dependency: string): string {
	switch (kind) {
	case 'no-owner': return `owner: <team>`;
	case 'unknown-owner': return `teams:\n  <team>: { contact: "#<channel>" }`;
	case 'no-timeout': return `calls:\n  ${dependency}:\n    timeout: 300ms`;
	case 'no-on-failure': return `calls:\n  ${dependency}:\n    on_failure: <what ${service} does then>`;
	case 'not-in-catalogue': return `service: ${service}\nowner: <team>\nrun:\n  command: [./${service}, --port, "\${PORT}"]`;
	default: return '';
	}
}

export function levelOf(level: string): string {
	return LEVELS.includes(level) ? level : 'none';
}
