// Old versions on their way out: all on one time axis, most urgent first. q and team are in the address; each opens as a page of its own.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { CopyButton, Empty, Failed, Owner, PageHead, Service, Skeleton, type State } from '../parts/bits';
import { AxisHead, Course } from '../parts/course';
import { Icon, type IconName } from '../parts/icons';
import { DaySpark } from '../parts/spark';
import { count, day, plural } from '../format';
import { useRowKeys } from '../keys';
import { go, param, patch } from '../router';
import { contactOf, ticks, useTitle } from '../state';
import type { Migration, Migrations } from '../types';
import { axisOf, courseWords, daysWords, messageText, migrationPath } from './migration-text';

const STATES: Record<Migration['state'], { word: string; icon: IconName; tone: State }> = {
	overdue: { word: 'overdue', icon: 'failure', tone: 'failure' }, due: { word: 'due soon', icon: 'warning', tone: 'warning' }, removable: { word: 'can be removed', icon: 'leaf', tone: 'ok' },
	deprecated: { word: 'deprecated', icon: 'clock', tone: 'info' }, planned: { word: 'planned', icon: 'open', tone: 'info' },
};
const RANK = Object.keys(STATES);
export const SERVES = 'serves:\n  - { version: v1, path: /v1, deprecated: 2026-12-01, sunset: 2027-03-01, successor: v2 }\n  - { version: v2, path: /v2 }';

export function StateChip({ state }: { state: Migration['state'] }): JSX.Element {
	const known = STATES[state] ?? STATES.planned;
	return <span class={`chip is-${known.tone}`}><Icon name={known.icon} size={13} />{known.word}</span>;
}

export function useMigrations(): ReturnType<typeof useApi<Migrations>> {
	return useApi<Migrations>(api('migrations'), { every: 30000, tick: ticks.snapshot.value });
}

// How many have moved of all who must: a bar with its figures.
export function Moved({ m }: { m: Migration }): JSX.Element {
	const all = m.moved.length + m.callers.length;
	return all ? <span class="moved"><span class="meter" aria-hidden="true"><i style={{ width: `${m.moved.length / all * 100}%` }} /></span> <span class="num">{m.moved.length} of {all}</span></span> : <span class="dim">nobody used it</span>;
}

export function sumDays(m: Migration): number[] {
	const length = Math.max(0, ...m.callers.map((c) => c.days.length));
	return Array.from({ length }, (_, i) => m.callers.reduce((n, c) => n + (c.days[c.days.length - length + i] ?? 0), 0));
}

export function MigrationsPage(): JSX.Element {
	useTitle('Migrations');
	useRowKeys();
	const found = useMigrations();
	const data = found.data, team = param('team'), word = param('q').trim().toLowerCase();
	const concerns = (m: Migration): boolean => !team || m.owner === team || m.callers.some((c) => c.owner === team);
	const list = (data?.migrations ?? []).filter((m) => concerns(m) && (!word || `${m.service} ${m.version} ${m.owner} ${m.callers.map((c) => c.consumer).join(' ')}`.toLowerCase().includes(word)))
		.sort((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state) || a.days_left - b.days_left || (a.service < b.service ? -1 : 1));
	const at = Date.now(), axis = axisOf(list, at);
	const many = (data?.migrations.length ?? 0) > 12;
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title="Migrations" note={data?.migrations.length ? <span>{plural(list.length, 'old version')}{team ? ` that concern ${team}` : ''}, most urgent first</span> : null}>
				{team ? <button type="button" class="button" onClick={() => patch({ team: null })}>{team}<Icon name="close" size={13} label="Remove the filter" /></button> : null}
				{list.length ? <CopyButton text={list.map((m) => messageText(m, location.origin)).join('\n')} label="Copy all as text" what="Copied for a message" small /> : null}
			</PageHead>
			{found.error && !data ? <Failed error={found.error} what="The migrations could not be loaded" retry={found.reload} /> : null}
			{!data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{data && !data.migrations.length ? <Empty title="No version is on its way out" command={SERVES}>Give an old version its dates in the service’s service.yaml. Its callers are then told by <code>Deprecation</code> and <code>Sunset</code> headers, and here stands who still calls it, what each must change, and when it can go.</Empty> : null}
			{many ? <div class="section matrix-tools"><label class="narrow"><span class="sr">Only with this word</span><input class="field" data-search="page" type="search" placeholder="A service, a team, a consumer" value={param('q')} onInput={(e) => patch({ q: e.currentTarget.value }, { replace: true })} spellcheck={false} autocomplete="off" /></label></div> : null}
			{list.length ? (
				<div class="section table-wrap" tabIndex={0} role="region" aria-label="Migrations">
					<table class="table migrations">
						<thead><tr><th scope="col">Version</th><th scope="col">State</th><th scope="col" class="course-cell"><span class="sr">Its way to the end</span><AxisHead axis={axis} now={at} /></th><th scope="col">Last day</th><th scope="col">Moved</th><th scope="col">Calls a day</th><th scope="col">Owner</th></tr></thead>
						<tbody>{list.map((m) => (
							<tr key={`${m.service} ${m.version}`} class="opens" onClick={() => go(migrationPath(m))}>
								<th scope="row"><a data-row class="migration-name" href={migrationPath(m)} onClick={(e) => e.stopPropagation()}><Service name={m.service} plain /> <span class="mono">{m.version}{m.successor ? <span class="dim"> → {m.successor}</span> : null}</span></a></th>
								<td><StateChip state={m.state} /></td>
								<td class="course-cell"><Course m={m} axis={axis} now={at} words={courseWords(m, at)} /></td>
								<td class="num last-day">{m.sunset_ms ? <>{day(m.sunset_ms)} <span class={m.days_left < 0 && m.state !== 'removable' ? 'is-failure-text' : 'dim'}>{daysWords(m)}</span></> : <span class="dim">none</span>}</td>
								<td><Moved m={m} /></td>
								<td class="calls-cell">{m.callers.length ? <><DaySpark days={sumDays(m)} width={90} /> <span class="num">{count(m.callers.reduce((n, c) => n + c.calls_day, 0))}</span></> : <span class="dim">none</span>}</td>
								<td><Owner owner={m.owner} contact={m.contact || contactOf(m.service).contact} /></td>
							</tr>
						))}</tbody>
					</table>
					<p class="course-legend dim small"><span><i class="key passed" />deprecated</span><span><i class="key ahead" />time left</span><span><i class="key over" />past its last day</span><span><i class="key brownout" />brown-out</span><span><i class="key end" />last day</span></p>
				</div>
			) : null}
			{data?.migrations.length && !list.length ? <Empty title="No migration is like that"><button type="button" class="link-button" onClick={() => patch({ q: null, team: null })}>Show all</button></Empty> : null}
		</main>
	);
}
