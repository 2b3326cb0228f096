// How certain it is that somebody uses something, and whether two versions fit: always an icon and a word, never a colour alone.
import type { JSX } from 'preact';
import { digits3, plural } from '../format';
import type { Verdict } from '../types';
import type { State } from './bits';
import { Icon, type IconName } from './icons';

const WORDS: Record<Verdict, { word: string; icon: IconName; says: string }> = {
	proved: { word: 'proved used', icon: 'ok', says: 'its contract names it, or its requests had it' },
	possible: { word: 'possibly used', icon: 'possible', says: 'it receives it; whether it reads it cannot be seen from outside' },
	not_seen: { word: 'not seen', icon: 'unseen', says: 'it was watched, and did not use it in this time' },
	no_data: { word: 'no data', icon: 'question', says: 'no call and no contract of it is known' },
};
export const VERDICTS: Verdict[] = ['proved', 'possible', 'not_seen', 'no_data'];

// What a verdict means for somebody who is about to break it.
export const DANGER: Record<Verdict, State> = { proved: 'failure', possible: 'warning', not_seen: 'ok', no_data: 'unknown' };

export function verdictWords(v: Verdict, days?: number): string {
	return v === 'not_seen' && days ? `not seen for ${days < 1 ? `${digits3(days * 24)} h` : `${digits3(days)} d`}` : WORDS[v]?.word ?? v;
}

// A window of days, which may be less than one.
export function windowWords(days: number): string {
	return days < 1 ? plural(Math.round(days * 24 * 10) / 10, 'hour') : plural(Math.round(days), 'day');
}

export function verdictSays(v: Verdict): string {
	return WORDS[v]?.says ?? '';
}

// `danger` colours it for a break; where it is only evidence it stays grey.
export function VerdictChip({ verdict, days, danger }: { verdict: Verdict; days?: number; danger?: boolean }): JSX.Element {
	const known = WORDS[verdict] ?? WORDS.no_data;
	return <span class={`chip ${danger ? `is-${DANGER[verdict] ?? 'unknown'}` : ''}`} title={known.says}><Icon name={known.icon} size={13} />{verdictWords(verdict, days)}</span>;
}
