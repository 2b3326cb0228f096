// Whom one change of a contract hits: each consumer with how certain that is, why, since when it was last seen, and whose it is.
import type { JSX } from 'preact';
import { Owner, Prose } from '../parts/bits';
import { VERDICTS, VerdictChip, windowWords } from '../parts/verdict';
import { plural } from '../format';
import { patch } from '../router';
import type { ContractChange, ContractDiff } from '../types';
import { Caller, LastCall } from './consumers';

const SHOWN = 5;

export function Hit({ c, days, whole }: { c: ContractChange; days: number; whole: boolean }): JSX.Element | null {
	if (!c.consumers) return null;
	if (!c.consumers.length) return <p class="dim">No consumer of what this reaches is known.</p>;
	const sorted = [...c.consumers].sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || b.last_ms - a.last_ms);
	const shown = whole ? sorted : sorted.slice(0, SHOWN), proved = sorted.filter((x) => x.verdict === 'proved').length;
	return (
		<div class="hit"><h4>{proved ? `${plural(proved, 'consumer')} for certain` : 'Nobody for certain'}{sorted.length > proved ? <span class="dim">, {sorted.length - proved} more looked at</span> : null}</h4>
			<table class="table plain"><thead class="sr"><tr><th scope="col">Consumer</th><th scope="col">Certainty</th><th scope="col">Why</th><th scope="col">Last seen</th><th scope="col">Owner</th></tr></thead>
				<tbody>{shown.map((x) => (
					<tr key={x.consumer}>
						<th scope="row"><Caller name={x.consumer} /></th>
						<td><VerdictChip verdict={x.verdict} days={days} danger={c.level !== 'info'} /></td>
						<td class="because"><Prose text={x.reason} /></td>
						<td class="num"><LastCall ms={x.last_ms} trace={x.last_trace} /></td>
						<td>{x.consumer === 'outside' ? <span class="dim">nobody of ours</span> : <Owner owner={x.owner} contact={x.contact} />}</td>
					</tr>
				))}</tbody></table>
			{sorted.length > shown.length ? <button type="button" class="link-button" onClick={() => patch({ sel: c.fingerprint })}>{sorted.length - shown.length} more consumers</button> : null}
		</div>
	);
}

// By which rule the verdicts were made.
export function Policy({ policy }: { policy: ContractDiff['policy'] }): JSX.Element | null {
	if (!policy) return null;
	return <p class="dim small">Judged by calls of the last {windowWords(policy.window_days)}{policy.environments.length ? ` in ${policy.environments.join(', ')}` : ''}{policy.threshold > 1 ? `, from ${plural(policy.threshold, 'call')} on` : ''}, and by the consumers’ own contracts.</p>;
}
