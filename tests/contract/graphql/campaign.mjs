// Random pairs of schemas and random queries, judged by npm's graphql and by Pleach: a query that was valid and is not any more must be a reported break, each
// witness must hold for npm's graphql too, and our own check of queries must agree with it.
//   node tests/contract/graphql/campaign.mjs JUDGE [COUNT [FIRST_SEED]]        prints counts; each failure with its seed
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { makePair, makeQuery } from './random_schema.mjs';

const require = createRequire(new URL('../../clients/package.json', import.meta.url));
const { buildSchema, validateSchema, parse, validate } = require('graphql');
const [judgePath, count = '1000', first = '1'] = process.argv.slice(2);
const judge = spawn(judgePath, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: judge.stdout })[Symbol.asyncIterator]();
const ask = async (o) => {
  judge.stdin.write(JSON.stringify(o) + '\n');
  const { value, done } = await lines.next();
  if (done) throw new Error('the judge has ended');
  return JSON.parse(value);
};
// The rules for the text itself are asked for only where we refuse it: they cost as much as the rest.
const build = (text, strict = false) => {
  try {
    const s = buildSchema(text, { assumeValidSDL: !strict });
    return validateSchema(s).length ? null : s;
  } catch {
    return null;
  }
};
// npm's graphql asks only when it executes whether the schema has operations of the kind; the specification (September 2025) makes it a rule for the query.
const root = { query: 'getQueryType', mutation: 'getMutationType', subscription: 'getSubscriptionType' };
const document = (query) => {
  try {
    return parse(query, { noLocation: true });
  } catch {
    return null;
  }
};
const valid = (schema, query) => {
  try {
    const d = typeof query === 'string' ? parse(query) : query;
    return d.definitions.every((x) => !x.operation || schema[root[x.operation]]()) && validate(schema, d).length === 0;
  } catch {
    return false;
  }
};

const sum = { pairs: 0, pairsByUs: 0, same: 0, refused: 0, badDefault: 0, queries: 0, broken: 0, pairsBroken: 0, missed: 0, onlyWarned: 0, breaking: 0, proved: 0, unproved: {}, falseWitness: 0, disagree: 0, ourRefusal: 0 };
const failures = [];
const fail = (what, seed, text) => failures.push(`${what}: seed ${seed}: ${text}`);

const quick = Number(process.env.QUICK ?? 1);
const quickly = async (seed, r, before, oldText, newText) => {
  const answer = await ask({ old: { 's.graphqls': oldText }, new: { 's.graphqls': newText } });
  if (answer.error) {
    sum.refused++;
    return;
  }
  const tried = Array.from({ length: 8 }, () => makeQuery(r, before));
  const was = await ask({ schema: oldText, queries: tried }), is = await ask({ schema: newText, queries: tried });
  const broken = tried.filter((_, i) => was.valid[i] && !is.valid[i]);
  sum.pairs++;
  sum.pairsByUs++;
  sum.queries += was.valid.filter(Boolean).length;
  sum.broken += broken.length;
  if (!broken.length) return;
  sum.pairsBroken++;
  const breaks = answer.changes.some((c) => c.level === 'breaking'), warned = answer.changes.some((c) => c.level === 'warning' && c.witness.what === 'query' && c.witness.before === 'valid');
  if (!breaks && warned) sum.onlyWarned++;
  if (!breaks && !warned) {
    sum.missed++;
    fail('missed', seed, broken[0]);
  }
};

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  if (process.env.PROGRESS && (seed - Number(first)) % 1000 === 999) console.error(`${seed}: ${JSON.stringify(sum)}`);
  const { r, before, oldText, newText } = makePair(seed);
  // With QUICK=n npm's graphql is asked about every n-th pair; about the others only our own check of queries, which the n-th pairs hold against it.
  if (seed % quick) {
    await quickly(seed, r, before, oldText, newText);
    continue;
  }
  const a = build(oldText), b = build(newText);
  if (!a || !b) {
    sum.refused++;
    continue;
  }
  if (oldText === newText) sum.same++;
  sum.pairs++;
  const answer = await ask({ old: { 's.graphqls': oldText }, new: { 's.graphqls': newText } });
  if (answer.error) {
    // npm's graphql 16 does not look at defaults; section 3.6.1 wants them to fit.
    if (/the default of .* does not fit/.test(answer.error)) {
      sum.badDefault++;
      sum.pairs--;
      continue;
    }
    if (!build(oldText, true) || !build(newText, true)) {
      sum.refused++;
      sum.pairs--;
      continue;
    }
    sum.ourRefusal++;
    fail('refused', seed, answer.error);
    continue;
  }
  const tried = Array.from({ length: 8 }, () => makeQuery(r, before)), parsed = tried.map(document), wasValid = parsed.map((q) => valid(a, q)), isValid = parsed.map((q) => valid(b, q));
  sum.queries += wasValid.filter(Boolean).length;
  const broken = tried.filter((_, i) => wasValid[i] && !isValid[i]);
  const breaks = answer.changes.filter((c) => c.level === 'breaking'), warnings = answer.changes.filter((c) => c.level === 'warning' && c.witness.what === 'query' && c.witness.state === 'proved' && c.witness.before === 'valid');
  sum.broken += broken.length;
  if (broken.length) {
    sum.pairsBroken++;
    if (!breaks.length && warnings.length) sum.onlyWarned++;
    if (!breaks.length && !warnings.length) {
      sum.missed++;
      fail('missed', seed, `${broken[0]} — ${validate(b, parse(broken[0]))[0].message}`);
    }
  }
  for (const c of breaks) {
    sum.breaking++;
    if (c.witness.state === 'proved') sum.proved++;
    else {
      sum.unproved[c.kind] = (sum.unproved[c.kind] ?? 0) + 1;
      if (process.env.SHOW_UNPROVED) fail('unproved', seed, `${c.kind} ${c.subject} ${c.detail}`);
    }
  }
  for (const c of answer.changes) {
    if (c.witness.state !== 'proved') continue;
    const q = c.witness.what === 'query' ? c.witness.text : c.witness.of;
    const before_ = valid(a, q), after_ = valid(b, q), same = c.witness.what === 'response' || c.witness.before !== 'valid';
    if (!before_ || after_ !== same) {
      sum.falseWitness++;
      fail('false witness', seed, `${c.kind} ${c.subject}: ${q}`);
    }
  }
  for (const [text, expected] of [[oldText, wasValid], [newText, isValid]]) {
    const ours = await ask({ schema: text, queries: tried });
    tried.forEach((q, i) => {
      if (ours.valid?.[i] !== expected[i]) {
        sum.disagree++;
        fail('disagree', seed, `ours ${ours.valid?.[i]} (${ours.faults?.[i]}): ${q}`);
      }
    });
  }
}
judge.stdin.end();
console.log(JSON.stringify(sum));
for (const f of failures.slice(0, 40)) console.log(f);
process.exit(sum.missed || sum.falseWitness || sum.disagree || sum.ourRefusal ? 1 : 0);
