// The pairs of pairs.txt and of random seeds beside @graphql-inspector/core: the same types of change on every pair, but for the differences that docs/contract-graphql.md
// explains, and every witness holds for npm's graphql.
//   node tests/contract/graphql/peers.mjs JUDGE [RANDOM_PAIRS]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { makePair } from './random_schema.mjs';

const require = createRequire(new URL('../../clients/package.json', import.meta.url));
const { buildSchema, validateSchema, parse, validate } = require('graphql');
const { diff } = require('@graphql-inspector/core');
const [judgePath, randomPairs = '0'] = process.argv.slice(2);
const judge = spawn(judgePath, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: judge.stdout })[Symbol.asyncIterator]();
const ask = async (o) => {
  judge.stdin.write(JSON.stringify(o) + '\n');
  return JSON.parse((await lines.next()).value);
};

const pairs = [];
for (const part of readFileSync(new URL('./pairs.txt', import.meta.url), 'utf8').split(/^=== /m).slice(1)) {
  const m = /^(.*)\n--- old s\.graphqls\n([\s\S]*?)--- new s\.graphqls\n([\s\S]*?)--- expect\n/.exec(part);
  pairs.push({ name: m[1], before: m[2], after: m[3] });
}
for (let seed = 1; pairs.length < 200 + Number(randomPairs) && Number(randomPairs); seed++) {
  const { oldText, newText } = makePair(seed);
  pairs.push({ name: `seed ${seed}`, before: oldText, after: newText });
}

// Each difference that is meant, as the documentation numbers it: what the peer says and we do not, or the other way round. `theirs` and `ours` are sets of types.
const root = { query: 'getQueryType', mutation: 'getMutationType', subscription: 'getSubscriptionType' };
const explain = (theirs, ours, changes, texts) => {
  const numbers = new Set();
  const added = changes.filter((c) => ['type-added', 'field-added', 'directive-added'].includes(c.kind)).map((c) => c.subject);
  const below = (path) => added.some((a) => path === a || path.startsWith(`${a}.`) || (path.startsWith(`${a}(`)));
  const kinds = new Set(changes.map((c) => c.kind));
  const only = theirs.filter((t) => !ours.has(t.type));
  const left = [];
  for (const t of only) {
    if (below(t.path) || (t.path.match(/\./g) && added.some((a) => t.path.split('.')[0] === a))) numbers.add(1); // what is in something new
    else if (kinds.has('type-renamed') && renamed(changes).some((n) => t.path.split('.').some((p) => n.includes(p)) || t.message.match(new RegExp(n.map((x) => `\\b${x}\\b`).join('|'))))) numbers.add(2);
    else if (t.type === 'ENUM_VALUE_DEPRECATION_REASON_ADDED' && kinds.has('deprecation-removed')) numbers.add(3);
    else if (/^(UNION_MEMBER|OBJECT_TYPE_INTERFACE)_/.test(t.type) && (kinds.has('type-removed') || kinds.has('type-kind-changed'))) numbers.add(4);
    else if (t.type === 'TYPE_REMOVED' && kinds.has('root-removed')) numbers.add(4);
    else if (/^DIRECTIVE_USAGE_ARGUMENT_/.test(t.type) && /"""/.test(texts)) numbers.add(5); // the same text, once as a block
    else if (/DEFAULT/.test(t.type) && [...kinds].some((k) => /type-changed$|type-kind-changed|input-field-(added|default-changed)|one-of/.test(k))) numbers.add(6); // the same text, read by another type
    else left.push(t);
  }
  const types = new Set(theirs.map((t) => t.type));
  for (const t of ours) {
    if (types.has(t)) continue;
    if (t === 'ENUM_VALUE_DEPRECATION_REASON_REMOVED' && types.has('ENUM_VALUE_DEPRECATION_REASON_ADDED')) numbers.add(3);
    else if (kinds.has('type-renamed')) numbers.add(2);
    else left.push({ type: t, ours: true });
  }
  return { numbers, left };
};
const renamed = (changes) => changes.filter((c) => c.kind === 'type-renamed').map((c) => [c.subject, c.detail]);
const valid = (schema, q) => {
  const d = parse(q);
  return d.definitions.every((x) => !x.operation || schema[root[x.operation]]()) && validate(schema, d).length === 0;
};
const build = (text) => {
  try {
    const s = buildSchema(text);
    return validateSchema(s).length ? null : s;
  } catch {
    return null;
  }
};

const level = { BREAKING: 'breaking', DANGEROUS: 'warning', NON_BREAKING: 'info' };
const sum = { pairs: 0, refused: 0, sameTypes: 0, explained: {}, differ: 0, witnesses: 0, falseWitnesses: 0, sameLevel: 0, otherLevel: {} };
for (const { name, before, after } of pairs) {
  const a = build(before), b = build(after);
  if (!a || !b) {
    sum.refused++;
    continue;
  }
  const answer = await ask({ old: { 's.graphqls': before }, new: { 's.graphqls': after } });
  if (answer.error) {
    sum.refused++;
    continue;
  }
  sum.pairs++;
  const theirs = await diff(a, b), ours = new Set(answer.changes.flatMap((c) => c.rules));
  const { numbers, left } = explain(theirs, ours, answer.changes, before + after);
  if (left.length) {
    sum.differ++;
    console.log(`differs: ${name}: ${left.map((l) => `${l.ours ? 'only ours' : 'only theirs'} ${l.type} ${l.path ?? ''}`).join('; ')}`);
  } else if (!numbers.size) sum.sameTypes++;
  for (const n of numbers) sum.explained[n] = (sum.explained[n] ?? 0) + 1;
  for (const t of theirs) {
    const mine = answer.changes.find((c) => c.rules.includes(t.type) && (c.subject.replace(/[(:)]/g, (x) => (x === '(' ? '.' : '')) === t.path || answer.changes.filter((x) => x.rules.includes(t.type)).length === 1));
    if (!mine) continue;
    if (mine.level === level[t.criticality.level]) sum.sameLevel++;
    else {
      const key = `${t.type}: ${level[t.criticality.level]} there, ${mine.kind} ${mine.level} here`;
      sum.otherLevel[key] = (sum.otherLevel[key] ?? 0) + 1;
    }
  }
  for (const c of answer.changes.filter((x) => x.witness.state === 'proved')) {
    sum.witnesses++;
    const q = c.witness.what === 'query' ? c.witness.text : c.witness.of, same = c.witness.what === 'response' || c.witness.before !== 'valid';
    if (!valid(a, q) || valid(b, q) !== same) {
      sum.falseWitnesses++;
      console.log(`false witness: ${name}: ${c.kind} ${c.subject}: ${q}`);
    }
  }
}
judge.stdin.end();
console.log(JSON.stringify(sum, null, 1));
process.exit(sum.differ || sum.falseWitnesses ? 1 : 0);
