// Words of the catalogue.
import type { CatalogEntry, CatalogScore, CatalogService } from '../types';

export type Standing = 'agreed' | 'contradicted' | 'orphan' | 'library';
export const STANDINGS: [Standing, string][] = [['orphan', 'orphans'], ['contradicted', 'contradicted'], ['agreed', 'owned'], ['library', 'not services']];

// One standing each, the worst: so that the shares of the bar add up.
export function standingOf(s: CatalogEntry): Standing {
	return !s.runs ? 'library' : s.orphan.length ? 'orphan' : s.conflict ? 'contradicted' : 'agreed';
}

const LEVELS = ['', 'bronze', 'silver', 'gold', 'platinum'];

// Below the level that its tier asks for; without a tier below the lowest.
export function isLow(score: CatalogScore): boolean {
	return LEVELS.indexOf(score.level) < Math.max(1, LEVELS.indexOf(score.wanted));
}

export function baseName(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

export function codePlace(s: CatalogEntry): string {
	return s.repository ? `${baseName(s.repository)}${s.root ? `:${s.root}` : ''}` : '';
}

// What a person pastes into a message to whoever is likely to be next.
export function askText(s: CatalogEntry, origin: string): string {
	const why = s.orphan.map((o) => o.title.replace(/^./, (c) => c.toLowerCase())).join('; ');
	return `${s.next_owner ? `${s.next_owner}: ` : ''}would you take over ${s.service}? ${why}.${s.callers ? ` ${s.callers} of our services call it.` : ''}${s.next_why ? ` We ask you as ${s.next_why}.` : ''}\n${origin}/services/${encodeURIComponent(s.service)}`;
}

// The team that is likely to be next; a person is none.
export function teamOf(s: CatalogEntry): string {
	return s.next_owner && /^[\w][\w.-]*$/.test(s.next_owner) ? s.next_owner : '';
}

// A file without the folders before its repository's name.
export function placeOf(file: string, line: number): string {
	const parts = file.split('/');
	return `${parts.slice(-3).join('/')}${line ? `:${line}` : ''}`;
}

// The command that gives it to whoever is likely to be next.
export function assignCommand(s: CatalogService): string {
	const team = teamOf(s) || 'TEAM';
	return `pleach catalog ${/^[\w.-]+$/.test(s.service) ? s.service : `'${s.service}'`} --assign ${team}`;
}
