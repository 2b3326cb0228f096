// The answers of the HTTP API as docs/api.md describes them. Times in ns are text: they do not fit a double.
export type Ns = string;

export interface LogRow {
	id: string; time: string; time_ns: Ns; service: string; version: string; instance: string; level: string;
	trace_id: string; span_id: string; body: string; attributes: Record<string, unknown>; here?: boolean;
	gap?: boolean; made?: Record<string, unknown>; // context: lines before this one are left out; fields that pipes made
}
export interface Scanned { rows: number; bytes: number; segments: number; skipped_segments: number; damaged?: number }
export interface Column { name: string; type: 'text' | 'number' | 'time'; approximate?: boolean }
export type Cell = string | number | boolean | null | object;
interface Answered { columns: Column[]; next: string; from_ns: Ns; to_ns: Ns; scanned: Scanned; cut: boolean; why?: string; took_ns: number }
export interface RowsFound extends Answered { kind: 'rows'; rows: LogRow[] }
export interface TableFound extends Answered { kind: 'table' | 'patterns' | 'buckets'; rows: Cell[][] }
export type Found = RowsFound | TableFound;
export interface Histogram { from_ns: Ns; to_ns: Ns; step_ns: number; total: number; levels: { level: string; counts: number[] }[] }
export interface Fields { fields: { name: string; values: { value: string; count: number }[]; distinct: number; more: boolean }[] }

export interface TraceRow {
	trace_id: string; time: string; time_ns: Ns; duration_ns: number; root_service: string; root_name: string; services: string[];
	spans: number; errors: number; status: number;
}
export interface Traces { traces: TraceRow[]; next: string; scanned?: Scanned; cut: boolean; took_ns: number }
export interface SpanEvent { name: string; time_ns: Ns; attributes: Record<string, unknown> }
export interface Span {
	id: string; parent: string; name: string; kind: string; service: string; instance: string; scope: string; start_ns: Ns; duration_ns: number;
	status: string; status_message: string; attributes: Record<string, unknown>; events: SpanEvent[];
	links: { trace_id: string; span_id: string }[];
}
export interface Trace { trace_id: string; start_ns: Ns; duration_ns: number; complete: boolean; spans: Span[]; logs: LogRow[]; logs_cut: boolean }
export interface WhyStep {
	depth: number; caller: string; service: string; owner: string; contact: string; operation: string; span: string; start_ns: Ns;
	duration_ns: number; self_ns: number; status: number; reason: string; words: string;
	attempts: { instance: string; result: string; total_ns: number }[]; critical: boolean;
}
export interface Why {
	trace_id: string; time: string; duration_ns: number; verdict: 'failed' | 'slow' | 'fine'; sentences: string[]; steps: WhyStep[];
	cause: { service: string; owner: string; contact: string; words: string; span: string } | null; lines: LogRow[];
}

export interface Point { time_ns: Ns; calls: number; errors: number; p95_ns: number }
export interface Edge {
	caller: string; callee: string; api: string; calls: number; errors: number; started: number; restarted: number;
	p50_ns: number; p90_ns: number; p95_ns: number; p99_ns: number; max_ns: number; sum_ns: number;
	statuses: Record<string, number>; reasons: Record<string, number>; slow_trace: string; failed_trace: string; last_ns: Ns;
	operations: { name: string; calls: number; errors: number; p95_ns: number }[]; series?: Point[];
}
export interface MapEdge extends Edge { rate: number; error_rate: number; declared: boolean; timeout_ns: number; on_failure: string }
export interface MapNode {
	service: string; kind: 'edge' | 'service' | 'unknown' | 'team'; owner?: string; calls?: number; rate?: number; errors?: number;
	error_rate?: number; p95_ns?: number; wanted?: number; healthy?: number; state?: 'ok' | 'warning' | 'failure' | 'unknown'; findings?: number;
	members?: number; // of a folded team: how many services it stands for
}
export interface FleetMap { from_ns: Ns; to_ns: Ns; nodes: MapNode[]; edges: MapEdge[] }
export interface Edges { from_ns: Ns; to_ns: Ns; edges: Edge[] }

export interface Pain { pain: string; title: string; state: 'now' | 'coming' | 'not yet'; reasons: string[]; remedy: string; wasted: string }
export interface Advice {
	missing: string; pains: Pain[];
	figures?: { services: number; teams: number; people: number; languages: number; instances: number; owned: number; orphans: number; contradicted: number; edges: number; cross_team_edges: number; in_cycles: number; fan_out: number; fan_in: number; low: number; widest: string; hub: string; score: number };
}
export interface CatalogScore {
	points: number; level: string; wanted: string; measured: number; next: string; raise: string; gain: number;
	facets?: { facet: string; title: string; measurable: boolean; value: number; measured: string; gain: number; raise: string }[];
}
export interface CatalogEntry {
	score: CatalogScore;
	id: string; service: string; was: string; owner: string; owner_confidence: number; conflict: string; type: string; tier: string; lifecycle: string; system: string;
	language: string; description: string; repository: string; root: string; declared: boolean; in_fleet: boolean; runs: boolean; last_commit_ms: number; commits: number;
	truck_factor: number; files: number; files_left: number; seen_ms: number; callers: number; orphan: { reason: string; title: string }[]; next_owner: string; next_why: string;
}
export interface CatalogClaim { value: string; says: string; detail: string; source: string; confidence: number; repository: string; file: string; line: number; time_ms: number }
export interface CatalogValue { key: string; meaning: string; many: boolean; value: string; confidence: number; answers: number; claims: CatalogClaim[] }
export interface CatalogService extends CatalogEntry {
	now_ms: number; score_days: { day_ms: number; points: number }[]; releases_year: number; releases: { version: string; tag: string; time_ms: number; whole: boolean }[]; running?: { version: string; tried: string; events: { version: string; from: string; at_ms: number; back: boolean }[] };
	released_with: { service: string; owner: string; together: number; of: number; by_habit: number }[]; abandoned: { ecosystem: string; library: string; version: string; own: boolean; why: string; since: string; instead: string; source: string; file: string; line: number }[]; values: CatalogValue[]; people: { name: string; mail: string; team: string; commits: number; files: number; last_ms: number }[];
	called_by: { service: string; owner: string; calls: number; errors: number }[]; calls: { service: string; owner: string; calls: number; errors: number }[];
}
export interface Catalog {
	now_ms: number; missing: string; counts?: { entries: number; services: number; owned: number; conflicts: number; orphans: number; problems: number }; services: CatalogEntry[];
	teams: { team: string; contact: string; parent: string; known: boolean; file: string; repository: string; line: number; members: string[]; active: number; services: number; conflicts: number; orphans: number; last_commit_ms: number }[];
	repositories: { path: string; origin: string; head: string; time_ms: number; files: number; services: number; note: string; problems: { file: string; line: number; column: number; message: string }[]; decisions: { title: string; status: string; date: string; file: string }[] }[];
}

export interface FleetService {
	service: string; owner: string; contact: string; ownership: string; tier: string; file: string; wanted: number; exposed: boolean;
	serves: { version: string; path: string }[]; calls: { service: string; timeout_ns: number; on_failure: string; line: number }[];
}
export interface Place { file?: string; line?: number; column?: number; message: string }
export interface Fleet {
	fleet: string; root: string; version: number; console: string; gateway: string; otlp: string; teams: { team: string; contact: string }[];
	services: FleetService[]; warnings: Place[]; error: Place | null; guests?: string[];
}
export interface Instance {
	instance: string; node: string; state: string; address: string; pid: number; since: string; started: string; restarts: number;
	next_start: string | null; last_exit: string; last_lines: string; why: string; rss: number; cpu_ns: number;
}
export interface ServiceStatus { service: string; owner: string; part: boolean; wanted: number; running: number; healthy: number; instances: Instance[] }
export interface Status { time: string; healthy: boolean; nodes: { node: string; seen: string; age_ns: number; unconfined: string[] }[]; services: ServiceStatus[] }
export interface Finding {
	id: string; kind: string; pain: string; severity: 'info' | 'warning' | 'failure'; title: string; service: string; owner: string;
	dependency: string; sentence: string; remedy: string; query: string; trace: string; file: string; line: number; since: string;
}
export interface Findings { findings: Finding[]; complete: boolean; missing: string[] }
export interface Seen { services: { service: string; records: number; spans: number; last_ns: Ns }[] }

// Contracts: what a service promises, version by version, and what a change of it breaks.
export interface ContractKept { digest: string; since: string }
export interface ContractRow {
	service: string; version: string; path: string; schema: string; formats: string[]; files: number; operations: number; types: number;
	problem: string; kept: ContractKept[]; // newest first
}
export interface Contracts { contracts: ContractRow[]; complete: boolean }
export interface ContractParameter { name: string; in?: string; type?: string; number?: number; required?: boolean; description?: string; deprecated?: boolean }
export interface ContractOperation {
	id: string; title?: string; description?: string; deprecated?: boolean; line?: number; parameters?: ContractParameter[];
	request?: { type?: string; description?: string }; answers?: { status?: string; type?: string; description?: string }[];
}
export interface ContractType {
	name: string; kind: string; description?: string; deprecated?: boolean; line?: number; fields?: ContractParameter[]; values?: ContractParameter[];
}
export interface ContractDocument { file: string; title?: string; version?: string; description?: string; operations?: ContractOperation[]; types?: ContractType[] }
export interface Contract {
	service: string; version: string; digest: string; since: string; files: { path: string; text?: string; base64?: string }[];
	documents: { format: string; title: string; contracts: ContractDocument[] }[];
}
export type Level = 'breaking' | 'warning' | 'info';
export interface ChangePlace { file: string; line: number; column: number }
export interface ContractChange {
	fingerprint: string; format: string; kind: string; level: Level; categories: string[]; title: string; subject: string; detail: string; sentence: string;
	why: string; remedy: string; old: ChangePlace | null; new: ChangePlace | null;
	witness: { state: 'none' | 'unproved' | 'proved'; what?: string; of?: string; text?: string; before?: string; after?: string };
	rules: { checker: string; rule: string }[]; reach: { operation: string; direction: '' | 'request' | 'response' | 'both' }[];
	approval: { owner: string; reason: string; expires: string } | null;
	verdict?: Verdict; consumers?: ChangeConsumer[];
}
export interface ContractDiff {
	old: string; new: string; failed: boolean; complete: boolean; counts: { breaking: number; warning: number; info: number; approved: number; hidden: number };
	changes: ContractChange[]; notes: { failure: boolean; file: string; line: number; column: number; text: string }[];
	policy?: { window_days: number; threshold: number; environments: string[] };
}

// Consumers: who calls what, with what certainty; who fits whom by pacts; who must move from an old version.
export type Verdict = 'proved' | 'possible' | 'not_seen' | 'no_data';
export interface Party { consumer: string; owner: string; contact: string }
export interface ChangeConsumer extends Party { verdict: Verdict; reason: string; last_ms: number; last_trace: string; pact: string }
export interface UsedField { field: string; calls: number; last_ms: number; last_trace: string }
export interface OperationConsumer extends Party {
	versions: string[]; calls: number; failed: number; first_ms: number; last_ms: number; last_trace: string; contract: boolean; verdict: Verdict; fields: UsedField[];
}
export interface OperationUse { operation: string; calls: number; consumers: OperationConsumer[] }
export interface UnknownCall { method: string; path: string; consumer: string; calls: number; last_ms: number; last_trace: string }
export interface Consumers {
	service: string; version: string; window_days: number; operations: OperationUse[]; unknown: UnknownCall[];
	since_ms?: number; // since when calls are watched; 0: they are not
	consumers?: (Party & { declared: boolean; calls: number })[]; dropped?: number;
}

export type Fit = 'success' | 'failed' | 'unverified';
export interface IntegrationAt { environment: string; consumer_version: string; provider_version: string; result: Fit; verified_ms: number }
export interface Integration {
	consumer: string; provider: string; pending: boolean; environments: IntegrationAt[];
	latest: { consumer_version: string; branch: string; provider_version: string; result: Fit; verified_ms: number; published_ms: number; pact: string };
}
export interface Integrations { environments: { name: string; production: boolean }[]; integrations: Integration[] }
export interface PactResult { provider_version: string; branch: string; success: boolean; verified_ms: number; failures: { interaction: string; mismatches: string[] }[] }
export interface PactVersion { consumer_version: string; branch: string; tags: string[]; published_ms: number; pact_id: string; results: PactResult[] }
export interface IntegrationDetail { consumer: string; provider: string; versions: PactVersion[]; pact: unknown }

export interface Must { sentence: string; remedy: string; kind: string; fingerprint: string }
export interface MigrationCaller extends Party {
	calls: number; calls_day: number; last_ms: number; last_trace: string; days: number[]; operations: { operation: string; calls: number; last_ms: number; must: Must[] }[];
}
export interface TransformFault { operation: string; what: string; sentence: string; before: string; after: string; line: number }
export interface Migration {
	service: string; owner: string; version: string; successor: string; deprecated_ms: number; sunset_ms: number; days_left: number;
	state: 'planned' | 'deprecated' | 'due' | 'overdue' | 'removable'; brownouts: { from_ms: number; to_ms: number; state: 'past' | 'now' | 'coming' }[];
	callers: MigrationCaller[]; moved: { consumer: string; owner: string; last_old_ms: number; first_new_ms: number }[];
	transforms: { file: string; state: 'checked' | 'faulty' | 'unchecked'; why: string; operations: number; tried: number; unjudged: number; faults: TransformFault[] } | null;
	contact?: string; documentation?: string; callers_unkept?: number;
	watched_since_ms?: number; // since when calls are counted; 0: they are not
	missing?: string; // what is not known, in words
}
export interface Migrations { migrations: Migration[] }

export interface DuplicateSide { service: string; owner: string; contact: string; file: string; last_commit_ms: number }
export interface Duplicates { missing: string; interfaces: number; unreadable: number; pairs: { alike: number; a: DuplicateSide; b: DuplicateSide; reasons: string[] }[] }

export interface LibraryUse { service: string; whole: boolean; owner: string; asleep: boolean; version: string; told: boolean; file: string; line: number }
export interface Library { library: string; family: string; services: number; teams: number; uses: LibraryUse[] }
export interface LibraryChoice {
	capability: string; meaning: string; ecosystem: string; divided: boolean; families: number; services: number; teams: number; apart: number; common: string;
	ask: { team: string; contact: string; service: string; person: string; mail: string; services: number }; libraries: Library[];
}
export interface Libraries { missing: string; files: number; packages: number; cut: boolean; problems: { file: string; line: number; message: string }[]; divided: number; choices: LibraryChoice[] }

export type RadarRing = 'adopt' | 'trial' | 'assess' | 'hold';
export interface RadarBlip { quadrant: string; kind: string; meaning: string; ecosystem: string; name: string; others: string[]; ring: RadarRing; rule: string; why: string; services: number; asleep: number; teams: number; of_teams: number; owners: string[]; in: string[] }
export interface Radar { missing: string; cut: boolean; quadrants: string[]; rings: { ring: RadarRing; meaning: string }[]; rules: { rule: string; ring: RadarRing; meaning: string }[]; blips: RadarBlip[] }

export interface DecisionConcern { service: string; owner: string; contact: string; person: string; mail: string }
export interface Decision { title: string; state: 'open' | 'taken' | 'unsaid' | 'ended'; status: string; date: string; repository: string; file: string; outcome: string; topic: string; choices: string[]; services: DecisionConcern[] }
export interface DecisionGroup { subject: string; differs: boolean; open: boolean; decisions: number[] }
export interface Assigned { service: string; owner: string; before: string; file: string; line: number; created: boolean }
export interface WorkItem { id: string; number: string; url: string; open: boolean }
export interface WorkItems { configured: boolean; where: string; asked_ms: number; problem: string; items: WorkItem[] }
export interface WorkItemsDone { where: string; dry_run: boolean; items: WorkItem[]; raised: number; closed: number; unchanged: number }
export interface RegistryInstance { service: string; id: string; address: string; health: 'unknown' | 'passing' | 'warning' | 'critical'; owner: string }
export interface Registry { registry: 'consul' | 'etcd' | 'kubernetes' | 'dns' | 'pleach'; url: string; secure: boolean; state: 'connecting' | 'following' | 'failing'; problem: string; heard_ms: number; changes: number; cut: boolean; instances: RegistryInstance[] }
export interface Discovery { registries: Registry[] }
export interface Decisions { missing: string; cut: boolean; differ: number; groups: DecisionGroup[]; decisions: Decision[] }
