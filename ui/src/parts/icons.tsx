// Icons of one set (lucide, ISC), drawn inline. Only those named here reach the bundle.
import { Activity, AlertTriangle, ArrowLeft, ArrowRight, BookOpen, Bookmark, Boxes, ChartColumn, Columns3, ChevronDown, ChevronRight, CircleCheck, CircleX, Clock, Copy, Globe, Keyboard, Link2, ListFilter, ListOrdered, Maximize, Minus, Moon, Network, OctagonAlert, Plus, Radio, Search, Sun, SunMoon, Table2, Text, Trash2, ZoomOut, UserRound, X, Info, Waypoints, ChartGantt, Layers, FileText, FileDiff, Grid3x3, Milestone, Hourglass, CircleDashed, CircleDot, CircleQuestionMark, EyeOff, Users, Leaf, Unlink, Library, Compass } from 'lucide';
import { h, type JSX } from 'preact';

const SET = {
	activity: Activity, warning: AlertTriangle, right: ArrowRight, services: Boxes, down: ChevronDown, next: ChevronRight, ok: CircleCheck,
	failure: CircleX, clock: Clock, copy: Copy, globe: Globe, keyboard: Keyboard, filter: ListFilter, fit: Maximize, minus: Minus, moon: Moon,
	map: Network, findings: OctagonAlert, plus: Plus, live: Radio, search: Search, sun: Sun, system: SunMoon, table: Table2, logs: Text,
	owner: UserRound, close: X, info: Info, traces: Waypoints, trace: ChartGantt, team: Layers, columns: Columns3, back: ArrowLeft, saved: Bookmark, chart: ChartColumn, link: Link2, top: ListOrdered, remove: Trash2, book: BookOpen,
	wider: ZoomOut, contracts: FileText, changes: FileDiff, matrix: Grid3x3, migrations: Milestone, pending: Hourglass,
	open: CircleDashed, possible: CircleDot, question: CircleQuestionMark, unseen: EyeOff, consumers: Users, leaf: Leaf, unlinked: Unlink, catalog: Library, advice: Compass,
};
export type IconName = keyof typeof SET;

export function Icon({ name, size = 16, label, class: extra }: { name: IconName; size?: number; label?: string; class?: string }): JSX.Element {
	const nodes = SET[name] as unknown as [string, Record<string, string>][];
	return (
		<svg class={`icon ${extra ?? ''}`} width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : 'true'}>
			{nodes.map(([tag, attrs], i) => h(tag, { ...attrs, key: i }))}
		</svg>
	);
}
